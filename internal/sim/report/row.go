package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// Row is one run, and what it took.
type Row struct {
	Run
	// CPU is in seconds, and Memory the most that the process had, in bytes; 0
	// where the system does not say.
	CPU    float64         `json:"cpu"`
	Memory uint64          `json:"memory,omitempty"`
	Result scenario.Result `json:"result"`
}

// Run names one run: equal runs have equal results.
type Run struct {
	Scenario string `json:"scenario"`
	Nodes    int    `json:"nodes"`
	Detector string `json:"detector"`
	Seed     uint64 `json:"seed"`
}

func (r Run) request() scenario.Request {
	return scenario.Request{Scenario: r.Scenario, Nodes: r.Nodes, Seed: r.Seed, Detector: r.Detector}
}

// Rows are the runs that there are. Its methods may be called from any
// goroutine.
type Rows struct {
	// dir is where they are kept; empty is nowhere.
	dir string

	mu   sync.Mutex
	rows map[Run]Row
}

// rowsSuffix ends the names of the files of rows.
const rowsSuffix = ".jsonl"

// OpenRows reads the rows that a folder keeps, and makes it if it is not there;
// without a folder rows are kept in memory only.
func OpenRows(dir string) (*Rows, error) {
	rows := &Rows{dir: dir, rows: make(map[Run]Row)}
	if dir == "" {
		return rows, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"+rowsSuffix))
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	for _, name := range names {
		if err := rows.read(name); err != nil {
			return nil, fmt.Errorf("report: %s: %w: delete it to run its section anew", name, err)
		}
	}
	return rows, nil
}

// maxRowBytes bounds the line of a row.
const maxRowBytes = 16 << 20

// read takes the rows of a file. A last line that was cut off, since the
// process was killed while it wrote, is no row.
func (r *Rows) read(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxRowBytes)
	var bad error
	for lines.Scan() {
		if bad != nil {
			return bad
		}
		var row Row
		if bad = json.Unmarshal(lines.Bytes(), &row); bad == nil {
			r.rows[row.Run] = row
		}
	}
	return lines.Err()
}

// add keeps a row, in the file of a section.
func (r *Rows) add(section string, row Row) error {
	// Thousands of joins and lines of traffic that no metric looks at.
	row.Result.Joins, row.Result.Series = nil, nil
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows[row.Run] = row
	if r.dir == "" {
		return nil
	}
	line, err := json.Marshal(row)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(r.dir, fileName(section)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Close())
}

// fileName makes a file's name of a section's title.
func fileName(title string) string {
	return anchor(title) + rowsSuffix
}

// anchor is what a heading is called in links.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.ToLower(title))
}

// get returns a run's row.
func (r *Rows) get(run Run) (Row, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row, ok := r.rows[run]
	return row, ok
}

// of returns the rows of a cell, in the order of their seeds.
func (r *Rows) of(c Cell, seeds int) []Row {
	var rows []Row
	for seed := range c.Line.seeds(seeds) {
		if row, ok := r.get(c.run(uint64(seed) + 1)); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// ErrStale: rows that are kept are not what the code does now.
var ErrStale = errors.New("report: the rows are of another version of the code")

// verify runs the cheapest run of a section again, if there is one, and compares
// the event logs.
func (r *Rows) verify(s Section, o Options) error {
	var cheapest *Row
	for _, cell := range s.cells(o.Detectors) {
		for _, row := range r.of(cell, o.Seeds) {
			if cheapest == nil || row.CPU < cheapest.CPU {
				cheapest = &row
			}
		}
	}
	if cheapest == nil {
		return nil
	}
	again, err := scenario.Run(cheapest.request())
	if err != nil {
		return err
	}
	if again.LogHash != cheapest.Result.LogHash {
		return fmt.Errorf("%w: `%s` has another event log: delete %s", ErrStale, cheapest.request().Repeat(), filepath.Join(r.dir, fileName(s.Title)))
	}
	return nil
}
