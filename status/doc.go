// Package status shows a node to those who operate it, over HTTP: as JSON for
// people and scripts, and as metrics in the text format of Prometheus and
// OpenMetrics. It needs no library of metrics, and package hearsay does not need
// it.
//
//	mux := http.NewServeMux()
//	mux.Handle("/status", status.JSON(node))
//	mux.Handle("/metrics", status.Metrics(node))
//	server := &http.Server{Addr: "127.0.0.1:9746", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
//	go server.ListenAndServe()
//
// Bind it to an address that only operators reach. There is no authentication in
// it, and it tells everything about the cluster: ids, addresses, zones, labels.
// It changes nothing: both take GET and HEAD, and answer anything else with 405.
//
// # JSON
//
// One document, whose names are stable and in snake_case:
//
//	node       id, cluster, generation (a decimal string: it has 64 bits),
//	           addresses (bound, by network), observer, joined, isolated, and
//	           ended: why, once it has
//	view       what View's MarshalJSON writes, and json.Unmarshal reads into a
//	           hearsay.View: version, hash, self, observed_at, and members and
//	           gone with id, generation, status, incarnation, version, endpoints,
//	           zone, health, wire_min, wire_max and accusers, who accuse it now;
//	           and, while anything is in quarantine, blocked with id, address or
//	           prefix, and until
//	agreement  heard and share of hearsay.Agreement; null if the node's loop did
//	           not answer within a second, or has ended
//	stats      hearsay.Stats, its fields in snake_case: durations in seconds, with
//	           names that say so; what was dropped by cause
//
// Two nodes whose view.hash is equal have the same live members, so that is what
// to compare between nodes:
//
//	curl -s http://node-1:9746/status | jq -r .view.hash
//
// With ?member=ID the document is that member alone, with the roles, labels and
// version that it tells of itself as metadata; 404 says that it is not known.
//
// # Metrics
//
// Names begin with hearsay_, and every field of hearsay.Stats is among them.
// Counters end in _total and count from the start of the node; units are seconds
// and bytes. What transports count has the label network, what they dropped cause
// as well. hearsay_members has one series for each status. Whoever asks for
// OpenMetrics gets it, everybody else the text format 0.0.4.
//
// Some that are worth an alert:
//
//	# A node takes itself for cut off, or is not in its cluster.
//	hearsay_isolated == 1 or hearsay_joined == 0
//	# Nodes see different members, and have for a while (for: 1m).
//	max(hearsay_view_hash) != min(hearsay_view_hash)
//	# An operator keeps somebody out of this node's view.
//	hearsay_quarantines > 0
//	# Somebody is dead. Dead members are shown until they return, or for days.
//	max(hearsay_members{status="dead"}) > 0
//	# Keys or certificates do not fit, or somebody tries.
//	rate(hearsay_transport_dropped_total{cause="unauthenticated"}[5m]) > 0
//	# The node is too slow for what arrives.
//	rate(hearsay_transport_dropped_total{cause=~"inbox_full|kernel"}[5m]) > 0
//
// A program that has a registry of metrics already may as well make its own of
// Node.Stats, which is what this package does.
//
// # Concurrency
//
// Both handlers serve any number of requests at a time, and go on after the
// node's end. They read snapshots, and wait for nothing but the agreement, one
// request at a time and a second at most: a node that hangs is shown all the same.
package status
