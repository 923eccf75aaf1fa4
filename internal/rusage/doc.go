// Package rusage tells what the process has taken of its machine, for benchmarks
// and reports.
package rusage
