package archtest

// Rule is one thing that holds for the whole module.
type Rule struct {
	Name  string
	Check func(*Module) []Problem
}

// Rules are all rules that look at source code.
var Rules = []Rule{
	{"imports follow the arrows", Arrows},
	{"imports of tests stay where they belong", TestArrows},
	{"only what serves operators knows HTTP", Serving},
	{"deterministic packages touch nothing outside them", Purity},
	{"who is told the time does not ask for it", Clocks},
	{"randomness comes from a seed", Randomness},
	{"files are at most 500 lines", FileLength},
	{"functions are at most 70 lines", FunctionLength},
	{"packages say what they are for", PackageDocs},
	{"exported names have comments", Exported},
	{"nothing is left unfinished", Unfinished},
	{"names say what things are", Names},
	{"tests do not sleep", NoSleep},
	{"tests do not fix ports", NoFixedPorts},
	{"gen holds generated code only", OnlyGenerated},
}
