// Package nettest tests clusters on a real network stack: each node is a process
// of its own in a Linux network namespace of its own, and cables are pulled,
// processes are killed or stopped, and datagrams are lost. It has tests only.
//
// `make net-test` runs them. They need Linux, root and the command ip, and skip
// with a message without; they touch nothing but the namespaces that they make.
// Tests of hostile peers, which need loopback only, run with all others.
package nettest
