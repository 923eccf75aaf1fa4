package gossiper

import "time"

// systemTicker is the Ticker of the system's clock.
type systemTicker struct{ ticker *time.Ticker }

func newSystemTicker(d time.Duration) Ticker { return systemTicker{time.NewTicker(d)} }

func (t systemTicker) C() <-chan time.Time   { return t.ticker.C }
func (t systemTicker) Reset(d time.Duration) { t.ticker.Reset(d) }
func (t systemTicker) Stop()                 { t.ticker.Stop() }
