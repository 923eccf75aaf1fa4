// Package admin lets operators reach a running node: over HTTP, by a Unix socket or a
// port that the host alone reaches. It shows what the node sees, tells what happens,
// and has it leave, forget, drain. The commands of hearsay use it by -admin, and
// "hearsay agent" serves it; a program serves its own node like this:
//
//	listener, err := admin.Listen(ctx, "unix:///run/app/hearsay.sock")
//	if err != nil {
//		return err
//	}
//	go admin.Serve(ctx, listener, admin.Handler(node, admin.Config{}))
//
// And whoever asks, in Go:
//
//	client, err := admin.NewClient("unix:///run/app/hearsay.sock")
//	…
//	view, err := client.Members(ctx)
//	err = client.SetHealth(ctx, hearsay.HealthUnhealthy)
//
// or by a shell:
//
//	curl --unix-socket /run/app/hearsay.sock http://localhost/v1/members
//	curl --unix-socket /run/app/hearsay.sock --json '{"id":"n3"}' http://localhost/v1/forget
//
// # Who may ask
//
// Nobody is asked who he is: whoever reaches the API may end the node. The file of a
// socket is its owner's alone (mode 0600). A port of loopback is open to every user of
// the host, so prefer the socket where there are others. Listen and Serve refuse any
// other address. From elsewhere, come by ssh, or serve the Handler behind a server of
// your own that authenticates.
//
// A web page in a browser on the host gets nowhere: changes must be posted as
// application/json, and by TCP the request must name this host.
//
// # Endpoints
//
//	GET  /v1/status             the document of status.JSON; ?member=ID that of one
//	GET  /v1/members            the view alone: version, hash, members, gone, blocked
//	GET  /v1/metrics            status.Metrics
//	GET  /v1/metadata           members: id, roles, labels, version, health of each;
//	                            ?member=ID one of them
//	GET  /v1/state?member=ID    what the node holds of a member's state of any schema:
//	                            types, with type_id, slots, message (base64) of each
//	GET  /v1/events             what happens, an object a line, until the reader goes
//	POST /v1/metadata           roles, version, labels: what the node says from now on;
//	                            a label that is null is removed
//	POST /v1/health             health: unreported, healthy, degraded, unhealthy
//	POST /v1/forget             id: that of a dead member
//	POST /v1/quarantine         id, address or prefix, and for, as 10m
//	POST /v1/release            id, address or prefix
//	POST /v1/converge           {}: answers when the node has joined, and all live
//	                            members have seen what it sees: version, hash, members
//	POST /v1/leave              {} or timeout, as 5s: answers when the others know
//
// A body is one object, of at most MaxBodyBytes, with no other fields than these. What
// is not listed, a parameter too, is refused. Each answer but the metrics and the
// events is one object. An error is an object with error, for people, and code, which
// is one of the constants here, under a status of 400 or above.
//
// # Events
//
// Each line has at, event and what that tells: see the types of package hearsay, whose
// names are in snake_case here. The first is a full topology_updated. Whoever reads too
// slowly loses the oldest lines, gets "lagged" with the number that is missed, and a
// full topology_updated again; who takes nothing for Config.Patience is cut off. The
// node waits for neither. When the node ends the last line is "ended", with the reason.
//
// # Concurrency
//
// A Handler and a Client serve any number of goroutines. Requests that need the node's
// loop wait for it one at a time, and no longer than Config.Patience; converge waits
// for as long as whoever asks. At most Config.Streams requests wait or stream at one
// time, and others get CodeBusy.
package admin
