package replica

// Version1_RunHearsayGenOfThisVersionAgain is referred to by all generated
// replicas, so that one which was generated for another package replica does not
// compile, and the compiler's message says what to do. Its number rises with each
// change of this package, or of package state, that generated code cannot stand.
const Version1_RunHearsayGenOfThisVersionAgain = true
