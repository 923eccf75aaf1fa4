//go:build !race

package quic_test

const raced = false
