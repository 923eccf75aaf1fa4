// Package devca is a small certificate authority for development and tests:
//
//	ca, err := devca.New("prod", devca.Options{})
//	err = ca.Write("certs", false)            // certs/ca.pem, certs/ca.key
//	node, err := ca.Issue("node-1", devca.Options{})
//	err = node.Write("certs", false)          // certs/node-1.pem, certs/node-1.key
//
// The command "hearsay cert" does the same. Keys are ECDSA P-256 and lie in
// plain files of mode 0600, which is why this is no authority for production:
// there, let your own issue certificates with the names that package identity
// describes, for both client and server authentication.
package devca
