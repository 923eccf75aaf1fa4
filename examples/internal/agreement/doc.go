// Package agreement checks, for the examples, that nodes agree: that each shows
// exactly the expected members, that all views are equal, member by member and
// by hash, and that each equals the view that its node's events describe.
package agreement
