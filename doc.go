// Package hearsay keeps a cluster of processes informed about itself, without a
// server: who is in it, who is alive, and what each says of itself. Every node
// gossips small changes with a few others, and all come to see the same.
//
//	node, err := hearsay.Start(ctx, hearsay.Config{
//		NodeID:    "node-1",
//		Cluster:   "prod",
//		Transport: udp.Config{Listen: netip.MustParseAddrPort("0.0.0.0:7946"), Insecure: true},
//		Seeds:     []string{"gossip.example.com:7946"},
//	})
//	if err != nil {
//		return err // says which field is wrong, and what to do
//	}
//	defer node.Close()
//	err = node.WaitJoined(ctx)
//	…
//	err = node.Leave(ctx)
//
// # Transports
//
// One field picks how gossip travels, and nothing else changes: udp.Config for
// one UDP socket, quic.Config for TLS 1.3 with mutual authentication over one,
// memory.Config for tests. Each is a package below transport, and this one
// imports none of them. Config.Also lets a node listen by a second one while its
// cluster moves from one to the other, which docs/moving.md tells step by step.
//
// # Starting
//
// Seeds are nodes to ask for a way in; one list serves all, for a node knows
// itself in it. Names are resolved to all of their addresses, and asked about
// again for the life of the node. A node that has seeds waits for one of them,
// however long it takes; only one without seeds, or whose one seed is itself,
// starts a cluster of its own. Start does not wait for any of that: WaitJoined
// does.
//
// A node that restarts under its id is known for a new life of it at once, at
// whatever address. The others remember how many lives an id had; a StateFile
// helps where all of them may be down together. Of two processes that run under
// one id the newer wins, and the older ends with ErrSuperseded.
//
// # Seeing
//
// View and Members are snapshots: immutable, read with one atomic load, free to
// keep. Events tells what happens, from a full TopologyUpdated on:
//
//	for event := range node.Events(ctx, 64) {
//		switch e := event.(type) {
//		case hearsay.TopologyUpdated:
//			rebalance(e.View)
//		case hearsay.MemberStatusChanged:
//			log.Info("member", "id", e.Member.ID, "status", e.Member.Status)
//		case hearsay.MemberHealthChanged:
//			log.Info("member", "id", e.Member.ID, "health", e.Member.Health)
//		case hearsay.Lagged:
//			// too slow; the next TopologyUpdated is full again
//		}
//	}
//
// Views of two nodes with equal hashes have equal live members. A member that is
// Suspect has not been heard by some, who are named, and is still live; it is
// Dead when that lasts.
//
// # Saying
//
// What a member says of itself is replicated state: messages of a schema, written
// field by field by the one member and read by all. Roles, labels, a version and
// health are one that every node has:
//
//	node.SetHealth(hearsay.HealthDegraded)     // everyone's views and events show it
//	node.Metadata().PutLabels("shard", "7")
//	for id, m := range node.Metadata().All() { … }
//
// A schema of one's own, compiled by hearsay-gen, is another:
//
//	services, err := hearsay.Open(node, appv1.NewServiceState())
//	…
//	services.SetVersion("1.4.2")
//	for change := range services.Changes(ctx) {
//		fmt.Println(change.Member, change.Field, change.Value)
//	}
//
// A setter returns when the change is on its way, and fails where it would break
// the node's StateBudget. A restart begins with nothing: what is to be said is
// said again. Members that lack a schema relay it, and an Observer reads all.
// Package replica, below state, tells the rest.
//
// # Operating
//
// WaitConverged returns when all live members have seen what this node has, and
// Agreement says how far they have without asking. Quarantine keeps a node or a
// range of addresses out for a while, for this node alone. Forget removes a dead
// member for everybody. A node that is an Observer sees all and is no member.
//
// Stats counts what the node did, by its parts: probes, accusations and round
// trips of the protocol; envelopes, bytes, handshakes, what waits and what was
// dropped, by cause, of the transport, and of each network where there are
// several; events told and missed. It is cheap. Package status serves it for
// Prometheus, and the node and its view as JSON; a program that has a metrics
// framework exports what it needs. From outside, the commands hearsay members and
// hearsay watch look at a cluster that runs; package admin lets operators do to a node
// what its methods do.
//
// # Ending
//
// Leave tells the others, within a moment, and ends the node. Close ends it
// without a word: it is what a crash looks like. Both leave nothing running.
//
// # Concurrency
//
// One goroutine does the protocol's work, and nothing waits for it but methods
// that say so. Everything may be called from any goroutine, from the body of any
// event loop, any number of times and after the end.
//
// # Testing with it
//
// Package sim puts a service through splits, crashes and pauses of its cluster, on one
// goroutine in virtual time, and one seed is one run.
//
// Nodes on one memory.Network need no sockets either. Within testing/synctest, with
// memory.Drive on a goroutine, hours of a cluster's life pass in a second:
//
//	synctest.Test(t, func(t *testing.T) {
//		network, err := memory.NewNetwork(memory.NetworkConfig{Seed: 1})
//		…
//		go memory.Drive(t.Context(), network, time.Millisecond)
//		node, err := hearsay.Start(t.Context(), hearsay.Config{
//			NodeID: "a", Cluster: "test", Transport: memory.Config{Network: network},
//		})
//		…
//	})
package hearsay
