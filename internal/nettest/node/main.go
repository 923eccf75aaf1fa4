package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/config"
	"github.com/hearsay-gossip/hearsay/transport"
)

// leaveTime bounds a graceful end.
const leaveTime = 5 * time.Second

func main() {
	file := flag.String("config", "", "the configuration `file`")
	flag.Parse()
	if err := run(*file, flag.Args(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

// event is one line of output. Only the fields of its kind are set.
type event struct {
	Event string `json:"event"`
	// started, joined, ended
	Node       string `json:"node,omitempty"`
	Address    string `json:"address,omitempty"`
	Generation uint64 `json:"generation,omitempty"`
	Error      string `json:"error,omitempty"`
	// topology
	Hash    string            `json:"hash,omitempty"`
	Members map[string]string `json:"members,omitempty"`
	// status
	Member string `json:"member,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	// stats
	Sent     uint64            `json:"sent,omitempty"`
	Received uint64            `json:"received,omitempty"`
	Dropped  map[string]uint64 `json:"dropped,omitempty"`
	// log
	Level   string `json:"level,omitempty"`
	Message string `json:"message,omitempty"`
}

// printer writes events, from any goroutine.
type printer struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (p *printer) print(e event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.out.Encode(e) // who does not read does not want to know
}

// run is the whole life of a node.
func run(file string, flags []string, orders io.Reader, out io.Writer) error {
	settings, err := config.Load(file, os.Environ(), flags)
	if err != nil {
		return err
	}
	cfg, err := settings.Config()
	if err != nil {
		return err
	}
	p := &printer{out: json.NewEncoder(out)}
	cfg.Logger = slog.New(logHandler{p})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	node, err := hearsay.Start(ctx, cfg)
	if err != nil {
		return err
	}
	p.print(event{Event: "started", Node: node.ID(), Address: node.LocalAddr().String()})
	go obey(ctx, node, orders, p)
	go func() {
		if node.WaitJoined(ctx) == nil {
			p.print(event{Event: "joined", Node: node.ID(), Generation: node.Generation()})
		}
	}()
	for e := range node.Events(ctx, 1024) {
		tell(p, e)
	}
	err = node.Err()
	p.print(event{Event: "ended", Node: node.ID(), Error: fmt.Sprint(err)})
	if errors.Is(err, hearsay.ErrLeft) || errors.Is(err, hearsay.ErrClosed) {
		return nil
	}
	return err
}

// tell prints what a test wants to know of an event.
func tell(p *printer, e hearsay.Event) {
	switch e := e.(type) {
	case hearsay.TopologyUpdated:
		members := make(map[string]string)
		for m := range e.View.Members() {
			members[m.ID] = m.Status.String()
		}
		p.print(event{Event: "topology", Hash: fmt.Sprintf("%016x", e.View.Hash), Members: members})
	case hearsay.MemberStatusChanged:
		p.print(event{Event: "status", Member: e.Member.ID, From: e.From.String(), To: e.Member.Status.String()})
	case hearsay.Lagged:
		p.print(event{Event: "lagged"})
	case hearsay.Isolated:
		p.print(event{Event: "isolated"})
	}
}

// obey reads orders until there are no more, which ends the node without a
// word.
func obey(ctx context.Context, node *hearsay.Node, orders io.Reader, p *printer) {
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		switch lines.Text() {
		case "stats":
			p.print(count(node.Stats().Transport))
		case "state":
			p.print(event{Event: "state", Members: names(node)})
		case "leave":
			leaving, cancel := context.WithTimeout(ctx, leaveTime)
			_ = node.Leave(leaving) // the event "ended" has its error
			cancel()
		}
	}
	_ = node.Close()
}

// names returns what the members say that they are called.
func names(node *hearsay.Node) map[string]string {
	all := make(map[string]string)
	for id, m := range node.Metadata().All() {
		all[id] = m.Labels["name"]
	}
	return all
}

// count makes an event of a transport's counters.
func count(stats transport.Stats) event {
	dropped := make(map[string]uint64)
	for cause, number := range stats.Dropped {
		if number > 0 {
			dropped[transport.Drop(cause).String()] = number
		}
	}
	return event{Event: "stats", Sent: stats.Sent, Received: stats.Received, Dropped: dropped}
}

// logHandler prints log records as events.
type logHandler struct{ *printer }

func (logHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (h logHandler) Handle(_ context.Context, record slog.Record) error {
	h.print(event{Event: "log", Level: record.Level.String(), Message: record.Message})
	return nil
}

func (h logHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h logHandler) WithGroup(string) slog.Handler { return h }
