package sim

import (
	"fmt"
	"slices"
	"strings"
)

// The groups that every cluster has.
const (
	// GroupAll is every node.
	GroupAll = "all"
	// GroupOthers is every node that is in no group.
	GroupOthers = "others"
)

// drawGroups fills the groups. The first node, which is everyone's seed, is
// drawn last.
func (c *Cluster) drawGroups() {
	order := stream(c.options.Seed, "groups", -1).Perm(c.options.Nodes)
	if i := slices.Index(order, 0); i >= 0 {
		order = append(slices.Delete(order, i, i+1), 0)
	}
	c.groups = map[string][]*Node{GroupOthers: nil}
	for _, g := range c.options.Groups {
		size := g.size(c.options.Nodes)
		for _, index := range order[:size] {
			c.groups[g.Name] = append(c.groups[g.Name], c.nodes[index])
		}
		order = order[size:]
	}
	slices.Sort(order)
	for _, index := range order {
		c.groups[GroupOthers] = append(c.groups[GroupOthers], c.nodes[index])
	}
}

// Group returns the nodes of a group: one of Options.Groups, GroupAll,
// GroupOthers, the id of a node, or several of these with commas between them.
// The slice must not be changed.
func (c *Cluster) Group(name string) ([]*Node, error) {
	if strings.Contains(name, ",") {
		var union []*Node
		for one := range strings.SplitSeq(name, ",") {
			members, err := c.Group(one)
			if err != nil {
				return nil, err
			}
			union = append(union, members...)
		}
		return union, nil
	}
	if name == GroupAll {
		return c.nodes, nil
	}
	if members, ok := c.groups[name]; ok {
		return members, nil
	}
	if members := c.ids[name]; len(members) > 0 {
		return members, nil
	}
	return nil, fmt.Errorf("sim: no group or node %q: declare it in Options.Groups", name)
}
