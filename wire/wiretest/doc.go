// Package wiretest tests generated codecs against protobuf's own reflection.
//
// Generated test files call it, one test and one fuzz target for each message:
//
//	func TestServiceState(t *testing.T) {
//		wiretest.Test[appv1.ServiceState](t, wiretest.Expect{})
//	}
//
//	func FuzzServiceState(f *testing.F) {
//		wiretest.Fuzz[appv1.ServiceState](f)
//	}
//
// The judge is dynamicpb, from the descriptor that the generated code carries:
// what it encodes and what ours does are the same bytes, and bytes that one of
// them refuses, the other refuses too, but for what limits refuse.
//
// Messages are random. A failing test prints its seed; the environment variable
// WIRETEST_SEED repeats it.
package wiretest
