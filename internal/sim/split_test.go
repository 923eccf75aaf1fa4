package sim

import (
	"testing"
	"time"
)

// What one split did to opinions outlasts it for a while, also where another has
// taken its place.
func TestSplitsOutlastTheirEndForAWhile(t *testing.T) {
	severed := func(c *Cluster, a, b int, want bool) error {
		if got := c.Severed(c.Nodes()[a], c.Nodes()[b]); got != want {
			t.Errorf("%v after the start, nodes %d and %d are severed: %v", c.Now(), a, b, got)
		}
		return nil
	}
	_, _, err := run(t, Options{Nodes: 4, Seed: 3}, 2*time.Minute, func(c *Cluster) {
		split := func(nodes ...int) Fault {
			return do(func(c *Cluster) error {
				var side []*Node
				for _, i := range nodes {
					side = append(side, c.Nodes()[i])
				}
				c.Split(side)
				return severed(c, 1, 2, true)
			})
		}
		c.At(10*time.Second, do(func(c *Cluster) error { return severed(c, 0, 2, false) }))
		c.At(20*time.Second, split(0, 1))
		c.At(25*time.Second, do(func(c *Cluster) error { return severed(c, 0, 2, true) }))
		c.At(30*time.Second, split(0, 2))
		c.At(40*time.Second, do(func(c *Cluster) error { return severed(c, 0, 2, true) }))
		c.At(30*time.Second+splitGrace+time.Second, do(func(c *Cluster) error { return severed(c, 0, 2, false) }))
		c.At(70*time.Second, do(func(c *Cluster) error { c.Heal(); return severed(c, 0, 1, true) }))
		c.At(70*time.Second+splitGrace+time.Second, do(func(c *Cluster) error { return severed(c, 0, 1, false) }))
	})
	if err != nil {
		t.Fatal(err)
	}
}
