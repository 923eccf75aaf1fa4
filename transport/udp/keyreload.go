package udp

import (
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"time"
)

// keyFile is a file whose keys a transport follows.
type keyFile struct {
	name  string
	keys  *Keyring
	log   *slog.Logger
	stamp fileStamp
	// warned tells that the state of the file was complained of already.
	warned bool
}

// hasModes tells whether the system's files have modes for owner and others.
const hasModes = runtime.GOOS != "windows"

// fileStamp tells whether a file has changed.
type fileStamp struct {
	modified time.Time
	size     int64
	mode     fs.FileMode
	// file tells it from one that has taken its place: the clock of a file
	// system may be coarse, and a rotation keeps the size.
	file fs.FileInfo
}

func (s fileStamp) equals(other fileStamp) bool {
	return s.modified.Equal(other.modified) && s.size == other.size && s.mode == other.mode && os.SameFile(s.file, other.file)
}

func stampOf(name string) (fileStamp, error) {
	found, err := os.Stat(name)
	if err != nil {
		return fileStamp{}, err
	}
	return fileStamp{modified: found.ModTime(), size: found.Size(), mode: found.Mode(), file: found}, nil
}

// openKeyFile reads the keys for the first time.
func openKeyFile(name string, log *slog.Logger) (*keyFile, error) {
	f := &keyFile{name: name, keys: new(Keyring), log: log}
	// The stamp is taken before the content: a file that changes in between is
	// read once more, and not missed.
	f.stamp, _ = stampOf(name)
	if err := f.keys.Load(name); err != nil {
		return nil, err
	}
	if others := f.stamp.mode.Perm() & 0o077; others != 0 && hasModes {
		log.Warn("others than its owner may read the key file: chmod 600 it", "field", "KeyFile", "file", name, "mode", f.stamp.mode.Perm().String())
	}
	return f, nil
}

// follow looks at the file every interval until stop is closed.
func (f *keyFile) follow(interval time.Duration, stop <-chan struct{}) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			f.refresh()
		case <-stop:
			return
		}
	}
}

// refresh takes the keys of a file that has changed. One that does not load is
// complained of once, looked at again, and changes nothing.
func (f *keyFile) refresh() {
	stamp, err := stampOf(f.name)
	if err == nil && stamp.equals(f.stamp) {
		f.warned = false
		return
	}
	if err == nil {
		err = f.keys.Load(f.name)
	}
	if err != nil {
		if !f.warned {
			f.log.Warn("the key file changed and does not load: the old keys stay in use", "field", "KeyFile", "error", err)
		}
		f.warned = true
		return
	}
	f.stamp, f.warned = stamp, false
	f.log.Info("keys reloaded", "seals", f.keys.Primary().String(), "opens", f.keys.String())
}
