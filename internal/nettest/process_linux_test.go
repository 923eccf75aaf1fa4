package nettest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// event is one line that a node prints; package node explains it.
type event struct {
	Event, Node, Address, Error, Hash, Member, From, To, Level, Message string

	Generation, Sent, Received uint64
	Members                    map[string]string
	Dropped                    map[string]uint64

	line string
}

// process is a node that runs in a namespace.
type process struct {
	t      *testing.T
	id     string
	cmd    *exec.Cmd
	orders io.WriteCloser
	errors *lockedBuffer
	ended  chan struct{}

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each event
	events  []event
	latest  map[string]event // by kind
}

// lockedBuffer takes the standard error of a process.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// binary is the node program, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(withNode(m)) }

func withNode(m *testing.M) int {
	if os.Getenv(enableVariable) == "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "hearsay-net-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "node")
	if output, err := exec.Command("go", "build", "-o", binary, "./node").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the node: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// run starts a node on h by a configuration file.
func (h *host) run(id, config string) *process {
	t := h.lab.t
	t.Helper()
	var err error
	p := &process{
		t: t, id: id, errors: new(lockedBuffer), ended: make(chan struct{}),
		changed: make(chan struct{}), latest: make(map[string]event),
	}
	p.cmd = exec.Command("ip", "netns", "exec", h.name, binary, "-config", config)
	p.cmd.Stderr = p.errors
	if p.orders, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(output)
	t.Cleanup(p.kill)
	return p
}

// read takes in what the node prints, until it ends.
func (p *process) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			e = event{Event: "unreadable"}
		}
		e.line = lines.Text()
		p.mu.Lock()
		p.events = append(p.events, e)
		p.latest[e.Event] = e
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	}
	_ = p.cmd.Wait() // killed, mostly
	close(p.ended)
}

// kill ends the process at once, as a crash does, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// signal sends a signal, such as one that stops the process.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%s: signal %v: %v", p.id, s, err)
	}
}

func (p *process) order(word string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.orders, word); err != nil {
		p.t.Fatalf("%s: order %q: %v\n%s", p.id, word, err, p.errors)
	}
}

// leave ends the process in good order.
func (p *process) leave() {
	p.t.Helper()
	p.order("leave")
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%s does not leave", p.id)
	}
}

// await waits until what the node has told is as wanted.
func (p *process) await(what string, isSo func() bool) {
	p.t.Helper()
	if err := p.wait(what, isSo, time.After(patience)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) wait(what string, isSo func() bool, deadline <-chan time.Time) error {
	for {
		p.mu.Lock()
		done, changed := isSo(), p.changed
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-p.ended:
			return fmt.Errorf("%s ended before %s\n%s", p.id, what, p.tail())
		case <-deadline:
			return fmt.Errorf("%s never told of %s\n%s", p.id, what, p.tail())
		}
	}
}

// tail is what a reader of a failure wants to see.
func (p *process) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for _, e := range p.events[max(0, len(p.events)-25):] {
		lines = append(lines, e.line)
	}
	return strings.Join(lines, "\n") + "\n" + p.errors.String()
}

// lastStatus is the last change of a member, who may be gone from the list of
// the live; within await.
func (p *process) lastStatus(id string) string {
	for _, e := range slices.Backward(p.events) {
		if e.Event == "status" && e.Member == id {
			return e.To
		}
	}
	return ""
}

// sees tells whether the node's live members are these, all up.
func (p *process) sees(ids ...string) bool {
	members := p.latest["topology"].Members
	if len(members) != len(ids) {
		return false
	}
	for _, id := range ids {
		if members[id] != "up" {
			return false
		}
	}
	return true
}

// changesTo counts how often a node has told that any member came to a status,
// since the given number of events.
func (p *process) changesTo(since int, statuses ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var told []string
	for _, e := range p.events[since:] {
		if e.Event == "status" && slices.Contains(statuses, e.To) {
			told = append(told, e.Member+" "+e.To)
		}
	}
	return told
}

func (p *process) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.events)
}

// sockets counts the open sockets of the process.
func (p *process) sockets() (count int) {
	p.t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		if target, err := os.Readlink(filepath.Join(dir, file.Name())); err == nil && strings.HasPrefix(target, "socket:") {
			count++
		}
	}
	return count
}

// stats asks for the transport's counters.
func (p *process) stats() event {
	p.t.Helper()
	return p.ask("stats")
}

// ask gives an order that is answered by an event of its name.
func (p *process) ask(order string) event {
	p.t.Helper()
	from := p.count()
	p.order(order)
	var got event
	p.await("its "+order, func() bool {
		for _, e := range p.events[from:] {
			if e.Event == order {
				got = e
				return true
			}
		}
		return false
	})
	return got
}

// agree waits until all processes see each other up, nobody else, and have one
// hash.
func agree(t *testing.T, all ...*process) {
	t.Helper()
	var ids []string
	for _, p := range all {
		ids = append(ids, p.id)
	}
	deadline := time.After(patience)
	for _, p := range all {
		if err := p.wait("all of "+strings.Join(ids, " ")+" up", func() bool { return p.sees(ids...) }, deadline); err != nil {
			t.Fatal(err)
		}
	}
	// A hash may change once more when addresses settle.
	for {
		hashes := make(map[string]bool)
		var changed []chan struct{}
		for _, p := range all {
			p.mu.Lock()
			hashes[p.latest["topology"].Hash] = true
			changed = append(changed, p.changed)
			p.mu.Unlock()
		}
		if len(hashes) == 1 {
			return
		}
		if !anyOf(changed, deadline) {
			t.Fatalf("views differ: hashes %v", slices.Sorted(maps.Keys(hashes)))
		}
	}
}

// anyOf waits for one of several channels; false is the deadline.
func anyOf(channels []chan struct{}, deadline <-chan time.Time) bool {
	one, stop := make(chan struct{}, len(channels)), make(chan struct{})
	defer close(stop)
	for _, c := range channels {
		go func() {
			select {
			case <-c:
				one <- struct{}{}
			case <-stop:
			}
		}()
	}
	select {
	case <-one:
		return true
	case <-deadline:
		return false
	}
}
