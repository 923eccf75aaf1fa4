package codegen

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCodeOfAnotherVersionSaysWhatToDo compiles our own generated code with
// packages that claim to be of the next version.
func TestCodeOfAnotherVersionSaysWhatToDo(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	for _, dir := range []string{"wire", "state/replica"} {
		t.Run(dir, func(t *testing.T) {
			file, err := filepath.Abs("../../" + dir + "/version.go")
			if err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(content), runtimeVersion) {
				t.Fatalf("%s does not declare %s", file, runtimeVersion)
			}
			next := filepath.Join(t.TempDir(), "version.go")
			write(t, next, []byte(strings.ReplaceAll(string(content), "Version1_", "Version2_")))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: next}})
			if err != nil {
				t.Fatal(err)
			}
			overlayFile := filepath.Join(t.TempDir(), "overlay.json")
			write(t, overlayFile, overlay)
			output, err := exec.Command("go", "build", "-overlay", overlayFile, "../../gen/hearsay/v1").CombinedOutput()
			if err == nil || !strings.Contains(string(output), "undefined: "+filepath.Base(dir)+"."+runtimeVersion) {
				t.Errorf("%v:\n%s", err, output)
			}
		})
	}
}
