//go:build race

package quic_test

// raced: the race detector makes handshakes ten times as dear.
const raced = true
