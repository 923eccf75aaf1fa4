package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads a configuration: the table's defaults, then the YAML file at path
// (none if path is empty), then environ, which is in the form of os.Environ,
// then flags, which are "key=value" pairs; later ones win. Relative names of
// files in all of them belong to the folder of the file, or to the working
// directory if there is none.
//
// It returns either settings that are valid, or an *Error with every problem.
// It opens nothing but the file.
func Load(path string, environ, flags []string) (*Settings, error) {
	if path == "" {
		return Parse("", nil, environ, flags)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{Problems: []Problem{{Source: path, Message: unreadable(err)}}}
	}
	return Parse(path, source, environ, flags)
}

// unreadable says why a file cannot be read, and what to do.
func unreadable(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist: check the name"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user: change its mode"
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return "cannot be read: " + err.Error()
}

// Parse is Load for a file whose text is at hand; name is what it is called in
// problems.
func Parse(name string, source []byte, environ, flags []string) (*Settings, error) {
	rows := table()
	r := &reader{rows: rows, settings: newSettings(rows, filepath.Dir(name)), places: make(map[string]place)}
	readable := name == "" || r.file(name, source)
	r.environment(environ)
	r.flags(flags)
	if name == "" {
		name = "configuration"
	}
	if readable {
		r.check(name)
	}
	if err := r.report.err(); err != nil {
		return nil, err
	}
	return r.settings, nil
}
