package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func TestKeygenPrintsAKey(t *testing.T) {
	_, first, _ := invoke(t, "keygen")
	code, second, errs := invoke(t, "keygen")
	if code != exitDone || errs != "" || first == second {
		t.Fatalf("keygen: %d, %q; equal keys: %v", code, errs, first == second)
	}
	if key, err := udp.ParseKey(second); err != nil || key.Text()+"\n" != second {
		t.Errorf("%q is no key: %v", second, err)
	}
}

func readKeys(t *testing.T, file string) []udp.Key {
	t.Helper()
	keys, err := udp.ReadKeyFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestKeygenRotates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	step := func(want string, args ...string) []udp.Key {
		t.Helper()
		code, out, errs := invoke(t, append(args, "-file", file)...)
		if code != exitDone || errs != "" || !strings.Contains(out, want) {
			t.Fatalf("%v: %d, %q, %q; want %q", args, code, out, errs, want)
		}
		found, err := os.Stat(file)
		if err != nil || runtime.GOOS != "windows" && found.Mode().Perm() != fs.FileMode(0o600) {
			t.Fatalf("%v: mode %v, %v; want 0600", args, found.Mode(), err)
		}
		keys := readKeys(t, file)
		for _, key := range keys {
			if strings.Contains(out, key.Text()[:20]) {
				t.Errorf("%v shows a key", args)
			}
		}
		return keys
	}
	first := step("udp.key_file", "keygen")
	added := step("hearsay keygen use", "keygen", "add")
	if len(added) != 2 || added[0] != first[0] {
		t.Fatalf("add: %v, before %v", added, first)
	}
	used := step("hearsay keygen retire", "keygen", "use")
	if len(used) != 2 || used[0] != added[1] || used[1] != added[0] {
		t.Fatalf("use: %v, before %v", used, added)
	}
	if listed := step(used[0].ID().String()+" seals", "keygen", "list"); len(listed) != 2 {
		t.Fatalf("list changed the keys to %v", listed)
	}
	three := step("opens", "keygen", "add")
	if named := step("seals", "keygen", "use", "-key", three[2].ID().String()); named[0] != three[2] || len(named) != 3 {
		t.Fatalf("use -key: %v, before %v", named, three)
	}
	if left := step("seals", "keygen", "retire"); len(left) != 1 || left[0] != three[2] {
		t.Fatalf("retire: %v", left)
	}
}

func TestKeygenMistakes(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, count int) string {
		keys := make([]udp.Key, count)
		for i := range keys {
			keys[i] = udp.NewKey()
		}
		name = filepath.Join(dir, name)
		if err := udp.WriteKeyFile(name, keys...); err != nil {
			t.Fatal(err)
		}
		return name
	}
	one, three, full := file("one", 1), file("three", 3), file("full", udp.MaxKeys)
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, exitDone, ""},
		{"unknown word", []string{"rotate"}, exitUsage, "hearsay keygen -h"},
		{"unknown flag", []string{"-out", "x"}, exitUsage, "-h"},
		{"the file is there", []string{"-file", one}, exitFailure, "exists already"},
		{"no folder", []string{"-file", filepath.Join(dir, "no", "keys")}, exitFailure, "no"},
		{"add without a file", []string{"add"}, exitUsage, "-file"},
		{"add to nothing", []string{"add", "-file", filepath.Join(dir, "none")}, exitFailure, "hearsay keygen -file"},
		{"add one too many", []string{"add", "-file", full}, exitFailure, "keygen retire"},
		{"use the only one", []string{"use", "-file", one}, exitFailure, "keygen add"},
		{"use one of three", []string{"use", "-file", three}, exitFailure, "-key"},
		{"use an unknown one", []string{"use", "-file", three, "-key", "00000000"}, exitFailure, "keygen list"},
		{"retire the only one", []string{"retire", "-file", one}, exitFailure, "nothing to retire"},
		{"retire by name", []string{"retire", "-file", three, "-key", "x"}, exitUsage, "-h"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := snapshot(t, one, three, full)
			code, out, errs := invoke(t, append([]string{"keygen"}, test.args...)...)
			if code != test.code || !strings.Contains(errs, test.want) || (code == exitDone) == (out == "") {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want %q in it", code, test.code, out, errs, test.want)
			}
			if !bytes.Equal(before, snapshot(t, one, three, full)) {
				t.Error("a file was changed")
			}
		})
	}
}

// snapshot returns the content of files.
func snapshot(t *testing.T, names ...string) []byte {
	t.Helper()
	var all []byte
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}
