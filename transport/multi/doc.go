// Package multi makes one transport of several, so that a node listens by all
// of them at once while its cluster moves from one to another:
//
//	opener := multi.Config{Transports: []transport.Opener{
//		quic.Config{…}, // the preferred one
//		udp.Config{…},
//	}}
//
// hearsay.Config.Also makes it, and so does the setting "also" of a configuration
// file; only who drives a transport without them needs this package.
//
// # What it does
//
// Outbound.Network says by which transport an envelope goes; without the word
// it is the first. The protocol picks, for each peer, the first of this node's
// networks at which the peer listens, and answers by the network by which it was
// asked. What arrives carries the word of its network.
//
// Poll takes from all parts, in turns. Info describes the first, with the least
// of the sizes and the sum of the counters, and in its Parts each of them.
//
// # Trust
//
// A node that listens by two transports believes what either of them lets
// through: it is as safe as the weaker one. Listen by both for as long as a move
// takes, and no longer. Identities are verified, or not, by the network that
// an envelope came by.
//
// # Cost
//
// Besides the parts: a look at each of them in every Poll, and for each arrival.
package multi
