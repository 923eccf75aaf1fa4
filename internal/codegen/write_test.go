package codegen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func generated(content string) []byte { return []byte(Header + "\n\n" + content) }

// tree returns the contents of all files below dir by their paths.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		relative, _ := filepath.Rel(dir, name)
		found[filepath.ToSlash(relative)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWriteReplacesAndRemovesItsOwnFilesOnly(t *testing.T) {
	out := t.TempDir()
	write(t, filepath.Join(out, "a/old.hearsay.go"), generated("package a // stale"))
	write(t, filepath.Join(out, "a/old.hearsay_test.go"), generated("package a // stale"))
	write(t, filepath.Join(out, "elsewhere/v1/x.hearsay.go"), generated("package v1 // of another schema"))
	write(t, filepath.Join(out, "a/same.hearsay.go"), generated("package a // old"))
	write(t, filepath.Join(out, "a/hand.hearsay.go"), []byte("package a // by hand, in spite of its name"))
	write(t, filepath.Join(out, "a/hand.go"), []byte("package a"))
	write(t, filepath.Join(out, "a/other.go"), generated("package a // not named like ours"))

	err := Write(out, []File{
		{Path: "a/same.hearsay.go", Content: generated("package a // new")},
		{Path: "b/v1/new.hearsay.go", Content: generated("package v1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := tree(t, out)
	var names []string
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	want := "a/hand.go a/hand.hearsay.go a/other.go a/same.hearsay.go b/v1/new.hearsay.go elsewhere/v1/x.hearsay.go"
	if strings.Join(names, " ") != want {
		t.Errorf("files are %v, want %s", names, want)
	}
	if !strings.Contains(got["a/same.hearsay.go"], "new") {
		t.Errorf("a/same.hearsay.go was not replaced: %s", got["a/same.hearsay.go"])
	}
}

func TestWriteChangesNothingIfSomethingIsInTheWay(t *testing.T) {
	tests := map[string]struct{ path, content, message string }{
		"file by hand":     {"b/v1/new.hearsay.go", "package v1", "hearsay-gen did not write it"},
		"header not first": {"b/v1/new.hearsay.go", "\n" + Header + "\npackage v1", "hearsay-gen did not write it"},
		"other generator":  {"b/v1/service.pb.go", "package v1", "another generator"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			write(t, filepath.Join(out, filepath.FromSlash(test.path)), []byte(test.content))
			write(t, filepath.Join(out, "a/stale.hearsay.go"), generated("package a"))
			before := tree(t, out)
			err := Write(out, []File{
				{Path: "a/first.hearsay.go", Content: generated("package a")},
				{Path: "b/v1/new.hearsay.go", Content: generated("package v1")},
			})
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Fatalf("error is %v, want %q", err, test.message)
			}
			after := tree(t, out)
			if len(after) != len(before) {
				t.Errorf("files were %v and are %v", before, after)
			}
			for name, content := range before {
				if after[name] != content {
					t.Errorf("%s changed", name)
				}
			}
		})
	}
}

func TestWriteReportsAllThatIsInTheWay(t *testing.T) {
	out := t.TempDir()
	write(t, filepath.Join(out, "a/x.hearsay.go"), []byte("package a"))
	write(t, filepath.Join(out, "b/y.hearsay.go"), []byte("package b"))
	err := Write(out, []File{{Path: "a/x.hearsay.go"}, {Path: "b/y.hearsay.go"}})
	if err == nil || strings.Count(err.Error(), "in the way") != 2 {
		t.Errorf("error is %v", err)
	}
}

func TestWriteLeavesNoHalfWrittenFiles(t *testing.T) {
	out := t.TempDir()
	// A folder where a file has to go makes writing fail half way.
	write(t, filepath.Join(out, "a/y.hearsay.go.new/blocker"), nil)
	err := Write(out, []File{
		{Path: "a/x.hearsay.go", Content: generated("package a")},
		{Path: "a/y.hearsay.go", Content: generated("package a")},
	})
	if err == nil {
		t.Fatal("no error")
	}
	if got := tree(t, out); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}
