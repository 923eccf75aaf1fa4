// Package icmp tells what ICMP has to say about datagrams that a UDP socket
// sent: that nobody listens where they went. Only Linux tells an unconnected
// socket; elsewhere nothing is ever reported.
package icmp
