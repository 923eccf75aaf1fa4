package wire

// Version1_RunHearsayGenOfThisVersionAgain is referred to by all generated
// code, so that code which was generated for another run-time support does not
// compile, and the compiler's message says what to do. Its number rises with
// each change of this package that generated code cannot stand.
const Version1_RunHearsayGenOfThisVersionAgain = true
