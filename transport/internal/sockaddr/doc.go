// Package sockaddr translates between netip addresses and the kernel's own form
// of them, which its batched system calls and its error queue speak. It is for
// Linux; elsewhere it is empty.
package sockaddr
