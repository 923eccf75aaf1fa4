package wire

import (
	"hash/maphash"
	"sync/atomic"
	"unicode/utf8"
)

// The size of a StringCache.
const (
	cacheSets   = 128 // a power of two
	cacheWays   = 4
	maxCacheLen = 64
)

// StringCache keeps strings that decoders have seen lately, at most 512 of at most
// 64 bytes each. Decoders that share one, by Limits.Strings, take from it what
// they would otherwise allocate: the names of nodes, say, which come in another
// order with each message. What it does not have costs one allocation more.
//
// It may be used by any number of decoders at once.
type StringCache struct {
	seed maphash.Seed
	// next chooses what a full set forgets, in turn.
	next atomic.Uint32
	sets [cacheSets][cacheWays]atomic.Pointer[string]
}

// NewStringCache returns an empty cache.
func NewStringCache() *StringCache {
	return &StringCache{seed: maphash.MakeSeed()}
}

// get returns s as a string, which is false if it is not UTF-8. Whatever is in
// the cache is.
func (c *StringCache) get(s []byte) (string, bool) {
	set := &c.sets[maphash.Bytes(c.seed, s)%cacheSets]
	free := -1
	for i := range set {
		known := set[i].Load()
		if known == nil {
			free = i
		} else if *known == string(s) {
			return *known, true
		}
	}
	if !utf8.Valid(s) {
		return "", false
	}
	if free < 0 {
		free = int(c.next.Add(1) % cacheWays)
	}
	fresh := string(s)
	set[free].Store(&fresh)
	return fresh, true
}

// String returns s as a string, which is false if it is not UTF-8. Generated code
// calls it for what a field did not hold before.
func (b *Budget) String(s []byte) (string, bool) {
	if b.strings != nil && len(s) <= maxCacheLen {
		return b.strings.get(s)
	}
	if !utf8.Valid(s) {
		return "", false
	}
	return string(s), true
}
