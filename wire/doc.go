// Package wire is the run-time support of generated codecs.
//
// A generated message encodes itself into a buffer of the caller and decodes
// itself from bytes of any origin:
//
//	buffer = message.AppendTo(buffer[:0])
//
//	err := message.Unmarshal(datagram)
//	if errors.Is(err, wire.ErrLimit) {
//		// Well formed as far as it was read, but too large once decoded.
//	}
//
// The bytes are protobuf's, in the order in which protobuf-go writes them
// deterministically.
//
// # Memory
//
// Unmarshal decodes into the memory that the message has from the last time:
// slices keep their capacity, their elements what they held, strings are kept
// where they are equal, and sub-messages that the decoder made are taken again.
// In a loop over similar messages it allocates nothing. Whatever was taken out
// of a message, but for strings, is therefore overwritten by its next Unmarshal,
// CopyFrom or Reset; Clone what is to be kept. A message must not be copied by
// value while both copies are used. A sub-message that the caller put into a
// field by himself is never written to.
//
// Strings that come in another place each time can be shared through a StringCache.
//
// What a message keeps this way is bounded by all that was ever decoded into it,
// and not by one message: every slot may have held the largest string once. Who
// decodes what strangers send begins with a new message from time to time.
//
// # Hostile input
//
// Decoders never panic, read strings as UTF-8 or refuse them, and keep fields
// that they do not know, to be encoded again behind the others. Limits bound the
// memory, the depth and the number of elements; see there. Nothing is allocated
// because a length on the wire says so.
//
// # Well-known types
//
// Fields of google.protobuf.Timestamp, Duration, Any, the wrappers and so on are
// messages of this package, generated like all others. They keep what they
// decode; IsValid tells whether a time is within protobuf's ranges:
//
//	event.At = wire.NewTimestamp(time.Now())
//	age := time.Since(event.At.Time())
//
// # Concurrency
//
// A message may be read by several goroutines at once, AppendTo and Size
// included, and written by one alone.
//
// The other functions of this package are what generated code calls. They change
// together with the generator; Version1_RunHearsayGenOfThisVersionAgain keeps one
// from being used with the other.
package wire
