// Package replicatest tests generated replicas: the generator writes one test for
// each message of replicated state, which calls Test.
package replicatest
