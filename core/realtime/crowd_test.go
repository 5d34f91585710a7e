package realtime_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// One client in ten stalls, vanishes or sends garbage; the others notice
// nothing. OMAKASE_VOICE_CROWD is how many there are (50).
func TestCrowd(t *testing.T) {
	t.Parallel()
	n := 50
	if v, err := strconv.Atoi(os.Getenv("OMAKASE_VOICE_CROWD")); err == nil {
		n = v
	}
	st := newStage(t, sim.Options{Pace: 1000}, realtime.Options{Times: realtime.Times{Filler: time.Hour, ToolDeadline: time.Hour}})
	all := make([]*person, n)
	release := make(chan struct{})
	for i := range all {
		p := st.open(realtime.Config{Language: "en", CutsItself: true})
		all[i] = p
		switch i % 30 {
		case 0: // takes nothing any more
			p.mu.Lock()
			p.stall = release
			p.mu.Unlock()
		case 10:
			p.session.Detach()
		case 20:
			for range 50 {
				p.session.Receive([]byte("{\"type\":\"\xff"))
				p.session.Receive([]byte(`{"type":"session.update","session":{"type":"nonsense"}}`))
			}
		}
		p.write("find a cup")
	}
	for i, p := range all {
		if i%10 == 0 {
			continue
		}
		p.hear("Blue cup")
		p.noErrors()
	}
	close(release)
	for _, p := range all {
		p.session.End()
	}
	for _, p := range all {
		<-p.session.Done()
	}
}
