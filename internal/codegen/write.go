package codegen

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hearsay-gossip/hearsay/schema"
)

// Write puts files below the folder out, and removes from the folders that it
// writes to the generated files of earlier times that are not among them. Other
// folders may belong to another schema. Files that do not bear
// the generator's header are never touched: one that is in the way is an error,
// and so are files of other protobuf generators in a folder to write to, whose
// types would clash. All that can be checked is checked before anything is
// written, and each file is replaced at once.
func Write(out string, files []File) error {
	plan := plan{out: out}
	for _, file := range files {
		plan.check(file)
	}
	if err := plan.findStale(files); err != nil {
		return err
	}
	if err := errors.Join(plan.errs...); err != nil {
		return err
	}
	return plan.execute(files)
}

// plan is what Write will do.
type plan struct {
	out   string
	dirs  []string // folders to write to, below out
	stale []string // files to remove
	errs  []error
}

func (p *plan) check(file File) {
	name := filepath.Join(p.out, filepath.FromSlash(file.Path))
	if dir := path.Dir(file.Path); !slices.Contains(p.dirs, dir) {
		p.dirs = append(p.dirs, dir)
		p.checkDir(filepath.Join(p.out, filepath.FromSlash(dir)))
	}
	switch own, err := isGenerated(name); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		p.errs = append(p.errs, err)
	case !own:
		p.errs = append(p.errs, fmt.Errorf("%s is in the way: hearsay-gen did not write it", name))
	}
}

// checkDir refuses folders with code of other protobuf generators.
func (p *plan) checkDir(dir string) {
	others, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.pb.go"))
	for _, other := range others {
		p.errs = append(p.errs, fmt.Errorf("%s is of another generator, whose types would clash: choose another output folder", other))
	}
}

// escapeGlob quotes what has a meaning in patterns.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(dir)
}

// findStale finds generated files that are not to be written this time.
func (p *plan) findStale(files []File) error {
	keep := map[string]bool{}
	for _, file := range files {
		keep[path.Clean(file.Path)] = true
	}
	for _, dir := range p.dirs {
		entries, err := os.ReadDir(filepath.Join(p.out, filepath.FromSlash(dir)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, entry := range entries {
			isOurs := strings.HasSuffix(entry.Name(), codeEnding) || strings.HasSuffix(entry.Name(), testEnding)
			if entry.IsDir() || !isOurs || keep[path.Join(dir, entry.Name())] {
				continue
			}
			name := filepath.Join(p.out, filepath.FromSlash(dir), entry.Name())
			own, err := isGenerated(name)
			if err != nil {
				return err
			}
			if own {
				p.stale = append(p.stale, name)
			}
		}
	}
	return nil
}

// isGenerated reports whether the first line of a file is the header.
func isGenerated(name string) (bool, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	first, _, _ := bytes.Cut(content, []byte("\n"))
	return string(bytes.TrimRight(first, "\r")) == Header, nil
}

func (p *plan) execute(files []File) error {
	for _, dir := range p.dirs {
		if err := os.MkdirAll(filepath.Join(p.out, filepath.FromSlash(dir)), 0o777); err != nil {
			return err
		}
	}
	// All new content goes to disk before any old content goes away, so that a
	// full disk leaves the code as it was.
	var ready []string
	for _, file := range files {
		temporary := filepath.Join(p.out, filepath.FromSlash(file.Path)) + ".new"
		if err := os.WriteFile(temporary, file.Content, 0o666); err != nil {
			removeAll(append(ready, temporary))
			return err
		}
		ready = append(ready, temporary)
	}
	for i, temporary := range ready {
		if err := os.Rename(temporary, strings.TrimSuffix(temporary, ".new")); err != nil {
			removeAll(ready[i:])
			return err
		}
	}
	for _, name := range p.stale {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

func removeAll(names []string) {
	for _, name := range names {
		// What cannot be removed was mostly never there.
		_ = os.Remove(name)
	}
}

// WriteProtos writes the .proto files that a schema may import without having
// them below the folder dir, for compilers that do not carry them.
func WriteProtos(dir string) error {
	return fs.WalkDir(schema.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err != nil || entry.IsDir() {
			return errors.Join(err, os.MkdirAll(target, 0o777))
		}
		content, err := schema.FS.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o666)
	})
}
