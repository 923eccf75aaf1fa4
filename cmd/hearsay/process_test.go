//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gossip "github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
)

// process is an agent as a process of its own.
type process struct {
	command *exec.Cmd
	// address is where its admin API is, and bound where it listens.
	address, bound string
	lines          chan map[string]any
	mu             sync.Mutex
	log            strings.Builder
}

// spawn starts an agent, and waits until it serves.
func spawn(t *testing.T, id, address string, args ...string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "node.yaml")
	text := "cluster: test\ntransport: udp\nperiod: 100ms\nudp: {listen: '127.0.0.1:0', insecure: true}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"agent", "-config", file, "-log", "json", "-admin", address, "-set", "node=" + id}, args...)
	p := &process{command: exec.CommandContext(within(t), os.Args[0], args...), lines: make(chan map[string]any, 1024)}
	p.command.Env = append(os.Environ(), asCommand+"=1")
	stderr, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.command.Process.Kill()
		p.end(t)
	})
	go p.read(bufio.NewScanner(stderr))
	started := p.await(t, "agent started")
	p.address, _ = started["admin"].(string)
	p.bound, _ = started["address"].(string)
	return p
}

// within bounds what a process may take.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// read takes the lines of the log, until the process has ended.
func (p *process) read(lines *bufio.Scanner) {
	defer close(p.lines)
	for lines.Scan() {
		p.mu.Lock()
		fmt.Fprintln(&p.log, lines.Text())
		p.mu.Unlock()
		var line map[string]any
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			p.lines <- line
		}
	}
}

// await reads the log up to a message.
func (p *process) await(t *testing.T, message string) map[string]any {
	t.Helper()
	for line := range p.lines {
		if line["msg"] == message {
			return line
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.Fatalf("no %q in the log:\n%s", message, &p.log)
	return nil
}

// end waits until the process has ended, and returns its exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	for range p.lines {
	}
	_ = p.command.Wait() // what it returns is in the exit code, or that there was a Wait before
	return p.command.ProcessState.ExitCode()
}

// awaitStatus reads the events of an agent until a member has a status.
func awaitStatus(t *testing.T, address, id string, status gossip.Status) {
	t.Helper()
	client, err := admin.NewClient(address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for e, err := range client.Events(within(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if update, ok := e.Event.(gossip.TopologyUpdated); ok {
			if m, _ := update.View.Get(id); m.Status == status {
				return
			}
		}
	}
	t.Fatalf("%s is never shown as %v", id, status)
}

// What an operator does with a cluster of agents, from its start to its end.
func TestAgentsAreOperated(t *testing.T) {
	first := spawn(t, "a", socketIn(t, "a"))
	second := spawn(t, "b", socketIn(t, "b"), "-set", "seeds="+first.bound)
	third := spawn(t, "c", "tcp://127.0.0.1:0", "-set", "seeds="+first.bound)
	for _, p := range []*process{second, third} {
		p.await(t, "agent joined")
	}
	watched := startWatch(t, "-admin", first.address)
	watched.await(t, `view [0-9a-f]{16}: 3 live, 0 gone`)
	contains(t, done(t, "members", "-admin", second.address), "\na ", "\nb ", "\nc ", "3 live, 0 gone", "which all of them see")
	contains(t, done(t, "status", "-admin", third.address), "c of cluster test", "joined", "3 up", "udp/"+third.bound)
	contains(t, done(t, "status", "-admin", first.address, "-metrics"), `hearsay_members{status="up"} 3`)

	if out := done(t, "health", "unhealthy", "-admin", second.address, "-timeout", "1m"); out != "unhealthy; all of 3 members know\n" {
		t.Errorf("draining says %q", out)
	}
	watched.await(t, `member b: unhealthy, was unreported`)
	done(t, "state", "set", "-admin", second.address, "-timeout", "1m", "labels.shard=7", "version=1.2")
	t.Setenv(adminVariable, first.address)
	contains(t, done(t, "state", "get", "b"), "b   unhealthy  1.2", "shard=7")

	if code, _, errs := invoke(t, "forget", "c"); code != exitFailure || !strings.Contains(errs, "not a dead member") {
		t.Errorf("forgetting one who lives: %d, %s", code, errs)
	}
	if err := third.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	third.end(t)
	awaitStatus(t, first.address, "c", gossip.StatusDead)
	if out := done(t, "forget", "c", "-timeout", "1m"); out != "forgotten: c; all of 2 members know\n" {
		t.Errorf("forgetting says %q", out)
	}
	awaitStatus(t, second.address, "c", gossip.StatusRemoved)

	done(t, "leave", "-admin", second.address)
	if code := second.end(t); code != exitDone {
		t.Errorf("an agent that has left exits with %d:\n%s", code, &second.log)
	}
	awaitStatus(t, first.address, "b", gossip.StatusRemoved)

	// What a hang-up does, and what an end by a signal leaves behind.
	if err := errors.Join(first.command.Process.Signal(syscall.SIGHUP), first.command.Process.Signal(syscall.SIGTERM)); err != nil {
		t.Fatal(err)
	}
	watched.await(t, `the node has ended: hearsay: the node has left`)
	if code := first.end(t); code != exitDone {
		t.Errorf("an agent that is terminated exits with %d:\n%s", code, &first.log)
	}
	if code, _, errs := invoke(t, "status"); code != exitFailure || !strings.Contains(errs, "hearsay agent -config FILE -admin "+first.address) {
		t.Errorf("with nobody there: %d, %s", code, errs)
	}
}

// A second process with the id of the first takes it over, and the first says so by
// its exit code.
func TestAnAgentThatIsSupersededSaysSo(t *testing.T) {
	seed := spawn(t, "s", socketIn(t, "s"))
	old := spawn(t, "x", socketIn(t, "old"), "-set", "seeds="+seed.bound)
	old.await(t, "agent joined")
	taker := spawn(t, "x", socketIn(t, "new"), "-set", "seeds="+seed.bound)
	taker.await(t, "agent joined")
	if code := old.end(t); code != exitSuperseded {
		t.Errorf("exit code %d:\n%s", code, &old.log)
	}
}

// An agent that waits for one who does not answer ends by the second signal, and its
// socket, which it leaves behind, is taken by the next.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	silent := spawn(t, "s", socketIn(t, "s"))
	address := socketIn(t, "x")
	p := spawn(t, "x", address, "-set", "seeds="+silent.bound, "-leave-timeout", "10m")
	p.await(t, "agent joined")
	if err := errors.Join(silent.command.Process.Signal(syscall.SIGSTOP), p.command.Process.Signal(syscall.SIGTERM)); err != nil {
		t.Fatal(err)
	}
	p.await(t, "agent leaves")
	again := time.NewTicker(10 * time.Millisecond) // the first may not be over when it is logged
	defer again.Stop()
	for ended := false; !ended; {
		select {
		case _, more := <-p.lines:
			ended = !more
		case <-again.C:
			_ = p.command.Process.Signal(syscall.SIGTERM)
		}
	}
	if code := p.end(t); code != -1 {
		t.Errorf("exit code %d, and not the signal:\n%s", code, &p.log)
	}
	if _, err := os.Lstat(strings.TrimPrefix(address, "unix://")); err != nil {
		t.Errorf("there is no socket to be taken over: %v", err)
	}
	spawn(t, "y", address)
}
