package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
)

// maxFileBytes bounds a file of seeds: some 40,000 lines.
const maxFileBytes = 1 << 20

// File reads seeds from a file, one in each line, written as in DNS.Names. What
// follows a # is a comment, and empty lines do not count. The file is read each
// time, so it may be replaced while the node runs; write a new one beside it and
// rename it, so that no half of it is ever read.
type File struct {
	Path string
	// Lookup asks for names; nil is net.DefaultResolver.
	Lookup Lookup
}

// Resolve reads the file and looks up what is in it. A line that is wrong is an
// error, with its number, and costs the others nothing.
func (f File) Resolve(ctx context.Context) ([]netip.AddrPort, error) {
	text, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("discovery: file of seeds: %w", err)
	}
	type entry struct {
		line int
		name string
	}
	var entries []entry
	line := 0
	for content := range strings.Lines(text) {
		line++
		content, _, _ = strings.Cut(content, "#")
		if name := strings.TrimSpace(content); name != "" {
			entries = append(entries, entry{line, name})
		}
	}
	return each(len(entries), func(i int) ([]netip.AddrPort, error) {
		found, err := resolveName(ctx, f.Lookup, entries[i].name)
		if err != nil {
			err = fmt.Errorf("%s:%d: %w", f.Path, entries[i].line, err)
		}
		return found, err
	})
}

func (f File) read() (string, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	switch err := errors.Join(err, file.Close()); {
	case err != nil:
		return "", err
	case len(content) > maxFileBytes:
		return "", fmt.Errorf("%s has more than %d bytes", f.Path, maxFileBytes)
	}
	return string(content), nil
}
