package main

import (
	"math"
	"slices"
	"time"
)

// never is the time of what has not happened.
const never = time.Duration(math.MaxInt64)

// pollInterval is how often members are asked, and so how exact times are.
const pollInterval = 2 * time.Millisecond

// await asks until all of these are so or limit has passed since begin. It returns
// how long after begin each was, sorted, and never for those that were not.
func await(begin time.Time, limit time.Duration, conditions []func() bool) []time.Duration {
	took := make([]time.Duration, 0, len(conditions))
	open := slices.Clone(conditions)
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		open = slices.DeleteFunc(open, func(isSo func() bool) bool {
			if !isSo() {
				return false
			}
			took = append(took, time.Since(begin))
			return true
		})
		if len(open) == 0 || time.Since(begin) > limit {
			break
		}
		<-poll.C
	}
	for range open {
		took = append(took, never)
	}
	return took
}

// share returns the time by which a percentage of sorted times had passed.
func share(took []time.Duration, percent int) time.Duration {
	return took[max(0, (len(took)*percent+99)/100-1)]
}
