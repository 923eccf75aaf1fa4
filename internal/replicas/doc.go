// Package replicas has what stands between a node's protocol and the replicas of
// state that are open on it: it attaches them, and feeds them what members have
// said and who has died, in the order in which it happened. Nodes that run and
// nodes that are simulated do that alike.
package replicas
