package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func init() {
	commands["keygen"] = command{
		summary: "make and rotate the key that seals UDP: keygen, keygen add|use|retire|list",
		run:     runKeygen,
	}
}

// keygenUsage is what "hearsay keygen -h" begins with.
const keygenUsage = `usage: hearsay keygen [-file FILE]                  make a key
       hearsay keygen add -file FILE              1. a new key opens, too
       hearsay keygen use -file FILE [-key NAME]  2. the new key seals
       hearsay keygen retire -file FILE           3. only the key that seals is left
       hearsay keygen list -file FILE             the names of the keys

A rotation takes each of the three steps on every node, and lets all of them
read the file again (udp.reload_interval), before it takes the next one.`

// keyStep changes the keys of a file and says what comes next.
type keyStep func(keys []udp.Key, chosen string) (changed []udp.Key, next string, err error)

var keySteps = map[string]keyStep{"add": addKey, "use": useKey, "retire": retireKeys, "list": nil}

func runKeygen(_ context.Context, args []string, stdout, _ io.Writer) error {
	if len(args) > 0 {
		switch word := args[0]; {
		case slices.Contains([]string{"-h", "-help", "--help", "help"}, word):
			fmt.Fprintln(stdout, keygenUsage)
			return flag.ErrHelp
		case !strings.HasPrefix(word, "-"):
			step, known := keySteps[word]
			if !known {
				return usagef("unknown argument %q; \"hearsay keygen -h\" lists what there is", word)
			}
			return runKeyStep(word, step, args[1:], stdout)
		}
	}
	var file string
	flags := flag.NewFlagSet("keygen", flag.ContinueOnError)
	flags.StringVar(&file, "file", "", "the key `file` to make; without it the key is printed")
	if err := parseFlags(flags, args, stdout); err != nil {
		return err
	}
	key := udp.NewKey()
	if file == "" {
		fmt.Fprintln(stdout, key.Text())
		return nil
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s exists already: a cluster cannot do without its key; \"hearsay keygen add\" adds another one", file)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := udp.WriteKeyFile(file, key); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "wrote %s with %v; copy it to every node, and name it as udp.key_file\n", file, key)
	return nil
}

// runKeyStep takes one step of a rotation in one file.
func runKeyStep(word string, step keyStep, args []string, stdout io.Writer) error {
	var file, chosen string
	flags := flag.NewFlagSet("keygen "+word, flag.ContinueOnError)
	flags.StringVar(&file, "file", "", "the key `file` (required)")
	if word == "use" {
		flags.StringVar(&chosen, "key", "", "the `name` of the key; not needed if there are two")
	}
	if err := parseFlags(flags, args, stdout); err != nil {
		return err
	}
	if file == "" {
		return usagef("-file is missing")
	}
	keys, err := udp.ReadKeyFile(file)
	if err != nil {
		return err
	}
	next := ""
	if step != nil {
		if keys, next, err = step(keys, chosen); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := udp.WriteKeyFile(file, keys...); err != nil {
			return err
		}
	}
	for i, key := range keys {
		role := "opens"
		if i == 0 {
			role = "seals"
		}
		fmt.Fprintf(stdout, "%v %s\n", key, role)
	}
	if next != "" {
		fmt.Fprintf(stdout, "copy %s to every node; when all have read it: %s\n", file, next)
	}
	return nil
}

func addKey(keys []udp.Key, _ string) ([]udp.Key, string, error) {
	if len(keys) == udp.MaxKeys {
		return nil, "", fmt.Errorf("has %d keys, the most there can be: \"hearsay keygen retire\" drops all but the one that seals", len(keys))
	}
	return append(keys, udp.NewKey()), "hearsay keygen use", nil
}

func useKey(keys []udp.Key, chosen string) ([]udp.Key, string, error) {
	at := slices.IndexFunc(keys, func(key udp.Key) bool { return key.ID().String() == chosen })
	switch {
	case chosen != "" && at < 0:
		return nil, "", fmt.Errorf("has no key %s: \"hearsay keygen list\" names them", chosen)
	case chosen == "" && len(keys) == 1:
		return nil, "", errors.New("has one key, which seals: add another one first, with \"hearsay keygen add\"")
	case chosen == "" && len(keys) > 2:
		return nil, "", fmt.Errorf("has %d keys: name the one that shall seal with -key; \"hearsay keygen list\" names them", len(keys))
	case chosen == "":
		at = 1
	}
	first := keys[at]
	return append([]udp.Key{first}, slices.Delete(keys, at, at+1)...), "hearsay keygen retire", nil
}

func retireKeys(keys []udp.Key, _ string) ([]udp.Key, string, error) {
	if len(keys) == 1 {
		return nil, "", errors.New("has one key only: there is nothing to retire")
	}
	return keys[:1], "", nil
}
