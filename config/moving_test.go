package config

import (
	"os"
	"strings"
	"testing"
)

// The page on moving a cluster begins with a whole file, and each step shows the
// lines that change.
func TestTheStepsOfAMoveAreRight(t *testing.T) {
	page, err := os.ReadFile("../docs/moving.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.ReplaceAll(string(page), "\r\n", "\n"), "```yaml\n")[1:]
	whole, rest := "", ""
	for i, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		file := block
		if i == 0 {
			whole = block
		} else {
			file = changed(whole, block)
		}
		s, err := Parse("hearsay.yaml", []byte(file), nil, nil)
		if err != nil {
			t.Errorf("step %d:\n%s\n%v", i, file, err)
			continue
		}
		if _, err := s.Config(); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
		rest += strings.Join(s.listens(), "+") + " "
	}
	if want := "udp udp+quic quic+udp quic+udp quic "; rest != want {
		t.Errorf("the steps are %q, want %q", rest, want)
	}
}

// changed replaces settings at the top of a file, or adds them.
func changed(file, lines string) string {
	for line := range strings.Lines(lines) {
		key, _, _ := strings.Cut(line, ":")
		var kept []string
		for old := range strings.Lines(file) {
			if !strings.HasPrefix(old, key+":") {
				kept = append(kept, old)
			}
		}
		file = line + strings.Join(kept, "")
	}
	return file
}
