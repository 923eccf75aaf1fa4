package wire

import "errors"

// The errors of decoders. A decoder returns them unwrapped and never anything
// else, so that refusing hostile bytes allocates nothing. The message that was
// being decoded is empty afterwards.
var (
	// ErrLimit says that the bytes may well be a message, but one that breaks
	// the limits it was decoded under.
	ErrLimit = errors.New("wire: message breaks the decoder's limits")
	// ErrTruncated says that the bytes end in the middle of a field.
	ErrTruncated = errors.New("wire: message is truncated")
	// ErrMalformed says that the bytes are not a message: a varint of more than
	// 64 bits, a field number or wire type that does not exist, a group without
	// its end.
	ErrMalformed = errors.New("wire: message is malformed")
	// ErrUTF8 says that a field of type string is not UTF-8.
	ErrUTF8 = errors.New("wire: string is not valid UTF-8")
)

// The functions of this package that read from a position return the next one,
// or one of these, which Err turns into an error: a position is cheaper to pass
// around than an error.
const (
	truncated = -1
	malformed = -2
	limited   = -3
)

// Err returns the error for a negative position.
func Err(position int) error {
	switch position {
	case truncated:
		return ErrTruncated
	case limited:
		return ErrLimit
	default:
		return ErrMalformed
	}
}
