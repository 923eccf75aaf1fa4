package hearsay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func stateConfig(path string) Config { return Config{StateFile: path, NodeID: "a", Cluster: "test"} }

func TestAStateFileKeepsTheCounter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, counter := range []uint32{0, 1, 7} {
		f, err := openStateFile(stateConfig(path))
		if err != nil || f.counter != counter {
			t.Fatalf("kept %d, %v; want %d", f.counter, err, counter)
		}
		if err := f.write(map[uint32]uint32{0: 1, 1: 7, 7: 9}[counter]); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v; want the file alone", entries, err)
	}
}

func TestAWrongStateFileIsRefused(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"damaged", "{", "is damaged"},
		{"empty", "", "is damaged"},
		{"of another node", `{"cluster":"test","node_id":"b","counter":1}`, `belongs to node "b"`},
		{"of another cluster", `{"cluster":"prod","node_id":"a","counter":1}`, `of cluster "prod"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := openStateFile(stateConfig(path))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "StateFile") {
				t.Errorf("openStateFile returns %v, want %q", err, test.want)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "nowhere", "state")
	if _, err := openStateFile(stateConfig(missing)); err == nil || !strings.Contains(err.Error(), "make the directory first") {
		t.Errorf("without its directory: %v", err)
	}
	if _, err := openStateFile(stateConfig(t.TempDir())); err == nil {
		t.Error("a directory is taken for a file")
	}
}

func TestAFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	f, err := openStateFile(stateConfig(path))
	if err != nil {
		t.Fatal(err)
	}
	// A directory stands where the file should be: renaming fails.
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.write(3); err == nil {
		t.Error("the write succeeds")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v; want nothing new", entries, err)
	}
}
