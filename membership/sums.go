package membership

import "math/bits"

// leaves is the number of buckets whose sums a table keeps: the most that a Sum
// names.
const leaves = 256

// sums are additive hashes of the live members: of all, and by the upper byte
// of the key. A member that comes, goes or changes moves each by the difference
// of its hashes, modulo 2⁶⁴, so they cost O(1) and know no order. Addition and
// not xor: as cheap, and a term that stands twice does not vanish.
type sums struct {
	root uint64
	view uint64
	leaf [leaves]uint64
}

func (s *sums) add(key, leaf, view uint64) {
	s.root += leaf
	s.leaf[key>>56] += leaf
	s.view += view
}

func (s *sums) remove(key, leaf, view uint64) {
	s.root -= leaf
	s.leaf[key>>56] -= leaf
	s.view -= view
}

// bucket returns the sum of one of count buckets; coarser buckets than leaves
// are sums of adjacent leaves.
func (s *sums) bucket(i, count int) uint64 {
	width := leaves / count
	var sum uint64
	for _, leaf := range s.leaf[i*width : (i+1)*width] {
		sum += leaf
	}
	return sum
}

// bucketOf returns the bucket, of count, into which a key falls. Count is a
// power of two of at most leaves.
func bucketOf(key uint64, count int) int {
	return int(key >> 56 >> (8 - bits.TrailingZeros(uint(count))))
}
