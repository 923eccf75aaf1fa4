package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// Log is the event log of a run: one line of text per event. Its hash covers
// every line, and every datagram too where they are watched; what is written
// may leave the datagrams out. Two runs of one seed have equal logs.
type Log struct {
	to      io.Writer
	packets bool
	digest  hash.Hash
	lines   uint64
	line    []byte
	err     error
}

func newLog(to io.Writer, packets bool) *Log {
	return &Log{to: to, packets: packets, digest: sha256.New()}
}

// begin starts a line with the time and its subject.
func (l *Log) begin(now membership.Instant, subject string) *Log {
	l.line = appendSeconds(l.line[:0], time.Duration(now))
	l.line = append(l.line, ' ')
	l.line = append(l.line, subject...)
	return l
}

// appendSeconds writes a time as seconds with nine decimals.
func appendSeconds(dst []byte, d time.Duration) []byte {
	dst = strconv.AppendInt(dst, int64(d/time.Second), 10)
	fraction := strconv.Itoa(int(d%time.Second) + int(time.Second))
	dst = append(dst, '.')
	return append(dst, fraction[1:]...)
}

func (l *Log) word(s string) *Log {
	l.line = append(append(l.line, ' '), s...)
	return l
}

func (l *Log) number(name string, x uint64) *Log {
	l.line = append(append(append(l.line, ' '), name...), '=')
	l.line = strconv.AppendUint(l.line, x, 10)
	return l
}

func (l *Log) hex(name string, x uint64) *Log {
	l.line = append(append(append(l.line, ' '), name...), '=')
	l.line = strconv.AppendUint(l.line, x, 16)
	return l
}

// end finishes the line and writes it.
func (l *Log) end() { l.finish(l.to != nil) }

// endPacket finishes the line of a datagram, which is written only if asked
// for.
func (l *Log) endPacket() { l.finish(l.to != nil && l.packets) }

func (l *Log) finish(write bool) {
	l.line = append(l.line, '\n')
	l.lines++
	l.digest.Write(l.line)
	if write && l.err == nil {
		_, l.err = l.to.Write(l.line)
	}
}

// Hash returns the SHA-256 of all lines so far, in hexadecimal.
func (l *Log) Hash() string { return hex.EncodeToString(l.digest.Sum(nil)) }

// Lines returns how many lines there were.
func (l *Log) Lines() uint64 { return l.lines }

// Err returns the first error of the writer; the hash is right all the same.
func (l *Log) Err() error { return l.err }
