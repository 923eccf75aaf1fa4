// Command hearsay is the tool beside the library.
//
//	hearsay <command> [arguments]
//
// "hearsay help" lists the commands, and "hearsay <command> -h" explains one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/hearsay-gossip/hearsay"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailure = 1
	exitUsage   = 2 // the command line is wrong
	// exitSuperseded: another process has taken the agent's id. One that is started
	// again would take it back, and so on.
	exitSuperseded = 3
)

// command is one word after "hearsay".
type command struct {
	summary string
	// run does the work. A *usageError makes the exit code 2, flag.ErrHelp
	// makes it 0, hearsay.ErrSuperseded 3, any other error 1.
	run func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

// commands has every command by its word; each file adds its own in init.
var commands = map[string]command{}

// usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(stdout)
		return exitDone
	}
	chosen, known := commands[args[0]]
	if !known {
		fmt.Fprintf(stderr, "hearsay: unknown command %q; \"hearsay help\" lists them\n", args[0])
		return exitUsage
	}
	err := chosen.run(ctx, args[1:], stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	default:
		fmt.Fprintf(stderr, "hearsay %s: %v\n", args[0], err)
	}
	if _, wrong := errors.AsType[*usageError](err); wrong {
		return exitUsage
	}
	if errors.Is(err, hearsay.ErrSuperseded) {
		return exitSuperseded
	}
	return exitFailure
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: hearsay <command> [arguments]")
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		fmt.Fprintf(w, "  %-11s %s\n", name, commands[name].summary)
	}
}

// parseFlags parses args, which must all be flags. What is wrong with them is
// a *usageError; asked for help, it prints the flags and returns flag.ErrHelp.
func parseFlags(flags *flag.FlagSet, args []string, stdout io.Writer) error {
	_, err := parseOperands(flags, args, stdout)
	return err
}

// parseOperands is parseFlags for a command that takes operands as well, before,
// between and behind its flags. Each has a name: one in brackets may be missing, and
// the last may come more than once if its name ends in dots.
func parseOperands(flags *flag.FlagSet, args []string, stdout io.Writer, names ...string) (operands []string, err error) {
	flags.SetOutput(io.Discard)
	for {
		err = flags.Parse(args)
		if err != nil || flags.NArg() == 0 {
			break
		}
		operands, args = append(operands, flags.Arg(0)), flags.Args()[1:]
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "usage: hearsay %s\n", strings.Join(append([]string{flags.Name(), "[flags]"}, names...), " "))
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, usagef("%v; \"hearsay %s -h\" lists the flags", err, flags.Name())
	case len(operands) > len(names) && (len(names) == 0 || !strings.HasSuffix(names[len(names)-1], "...")):
		return nil, usagef("unexpected argument %q", operands[len(names)])
	case len(operands) < len(names) && !strings.HasPrefix(names[len(operands)], "["):
		return nil, usagef("%s is missing; \"hearsay %s -h\" tells what it is", names[len(operands)], flags.Name())
	}
	return operands, nil
}
