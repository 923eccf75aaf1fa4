// Package replica is what generated replicas stand on: typed views of replicated
// state (package state), which may be used from any goroutine.
//
// A schema marks a message as state, and the generator makes a replica of it:
//
//	services := appv1.NewServiceState()
//	if _, err := hearsay.Open(node, services); err != nil { … }
//
//	services.SetVersion("1.4.2")                  // one field of this node's copy
//	services.PutLabels("shard", "7")              // one entry of a map
//	services.Update(func(s *appv1.ServiceState) { // several at once, or none
//		s.Version, s.Port = "1.5.0", 8080
//	})
//	if s, ok := services.Of("n2"); ok { … }       // another member's copy
//	for change := range services.Changes(ctx) {   // everyone's, from now on
//		fmt.Println(change.Member, change.Field, change.Value)
//	}
//
// Each member writes its own copy and reads all of them. A write returns when it
// is on its way, and is seen at once by whoever reads on this node.
//
// # Without a node
//
// A replica that is not attached to a node keeps this node's copy by itself.
// DeltaSince says what has changed in it, and Apply merges what another replica
// says, so that code can be tested without a cluster, or carry state its own way.
// What was written before Open is told to the others after it.
//
// # Concurrency
//
// All methods of a Replica may be called from any goroutine, also from the body
// of a loop over Changes; from within the function given to Update or View, only
// what reads the message that it was given. Messages that are returned are copies
// and the caller's own.
package replica
