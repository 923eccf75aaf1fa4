// Package fault has what can happen to a cluster of package sim: values for its
// timeline. Each names the nodes that it is aimed at by their group, or by an
// id; sim.GroupAll is everyone.
package fault
