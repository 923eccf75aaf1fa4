// Package scenario has the clusters that are worth running, by name: options,
// what happens when, and what must hold at the end. A scenario is chosen with
// its parameters as "name:parameter=value,parameter=value".
//
//	result, err := scenario.Run(scenario.Request{Scenario: "crash:times=3", Nodes: 16, Seed: 1})
//
// The rules of package check hold in all of them, besides.
package scenario
