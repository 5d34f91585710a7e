package e2e_test

import (
	"context"
	le "encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// browser is a headless Chromium with one page, driven by its own protocol.
type browser struct {
	t    *testing.T
	page *websocket.Conn
	last int
}

// openBrowser opens a page, or skips the test where there is no Chromium.
func openBrowser(t *testing.T, url string) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("Chromium is not installed (Debian: apt-get install chromium)")
	}
	dir := t.TempDir()
	voice := filepath.Join(dir, "voice.wav")
	if err := os.WriteFile(voice, spoken(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
		"--use-file-for-fake-audio-capture="+voice, "--remote-debugging-port=0", "--user-data-dir="+dir, url)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	port := ""
	for range 300 {
		if text, err := os.ReadFile(filepath.Join(dir, "DevToolsActivePort")); err == nil {
			port, _, _ = strings.Cut(string(text), "\n")
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b := &browser{t: t}
	for range 600 {
		if b.page = dialPage(t.Context(), port); b.page != nil {
			return b
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("Chromium shows no page")
	return nil
}

// spoken is what the microphone hears: two seconds of something loud, and three
// of silence, as a WAV file of 24 kHz.
func spoken() []byte {
	const rate, seconds = 24_000, 5
	b := []byte("RIFF")
	b = le.LittleEndian.AppendUint32(b, 36+2*rate*seconds)
	b = append(b, "WAVEfmt "...)
	b = le.LittleEndian.AppendUint32(b, 16)
	for _, v := range []uint16{1, 1} { // PCM, mono
		b = le.LittleEndian.AppendUint16(b, v)
	}
	b = le.LittleEndian.AppendUint32(b, rate)
	b = le.LittleEndian.AppendUint32(b, 2*rate)
	b = le.LittleEndian.AppendUint16(b, 2)
	b = le.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.LittleEndian.AppendUint32(b, 2*rate*seconds)
	for i := range rate * seconds {
		loud := 0.0
		if i < 2*rate {
			loud = 12_000 * math.Sin(2*math.Pi*220*float64(i)/rate)
		}
		b = le.LittleEndian.AppendUint16(b, uint16(int16(loud)))
	}
	return b
}

// dialPage is nil until the browser has a page.
func dialPage(ctx context.Context, port string) *websocket.Conn {
	res, err := http.Get("http://127.0.0.1:" + port + "/json")
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var pages []struct{ Type, WebSocketDebuggerURL string }
	if json.NewDecoder(res.Body).Decode(&pages) != nil {
		return nil
	}
	for _, p := range pages {
		if p.Type != "page" {
			continue
		}
		if conn, _, err := websocket.Dial(ctx, p.WebSocketDebuggerURL, nil); err == nil { //nolint:bodyclose // the connection has taken it over
			conn.SetReadLimit(8 << 20)
			return conn
		}
	}
	return nil
}

// run evaluates a script in the page, as if a person had clicked, and returns
// its result as text.
func (b *browser) run(script string) string {
	b.t.Helper()
	b.last++
	ask, err := json.Marshal(map[string]any{"id": b.last, "method": "Runtime.evaluate", "params": map[string]any{
		"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	if err := b.page.Write(ctx, websocket.MessageText, ask); err != nil {
		b.t.Fatal(err)
	}
	for {
		_, message, err := b.page.Read(ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		var answer struct {
			ID     int
			Result struct {
				Result           struct{ Value any }
				ExceptionDetails json.RawMessage
			}
		}
		if err := json.Unmarshal(message, &answer); err != nil {
			b.t.Fatal(err)
		}
		if answer.ID != b.last {
			continue
		}
		if answer.Result.ExceptionDetails != nil {
			b.t.Fatalf("%s: %s", script, answer.Result.ExceptionDetails)
		}
		return fmt.Sprint(answer.Result.Result.Value)
	}
}

// until waits for a script to be true.
func (b *browser) until(what, script string) {
	b.t.Helper()
	for range 300 {
		if b.run(script) == "true" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("%s: still not so; the page says:\n%s", what, b.run(`document.body.innerText`))
}

// say types a text and sends it.
func (b *browser) say(text string) {
	quoted, err := json.Marshal(text)
	if err != nil {
		b.t.Fatal(err)
	}
	b.run(`document.getElementById('text').value = ` + string(quoted) + `; document.getElementById('type').requestSubmit()`)
}

// TestWelcomePageTalks holds what make run promises to a newcomer: the page at /
// answers what is typed and what is spoken, without a key.
func TestWelcomePageTalks(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "OMAKASE_DEMO_ENABLED=true", "OMAKASE_DEMO_ADDR=127.0.0.1:0", "OMAKASE_VOICE_SIMULATOR=true")
	b := openBrowser(t, s.base+"/")
	const answers = `document.querySelectorAll('#said .agent').length`
	b.until("the page is loaded", `document.readyState === 'complete' && document.getElementById('text') !== null`)
	b.say("湯呑みはありますか")
	b.until("the agent answers", answers+` >= 1`)
	b.say("それをカートに入れてください")
	b.until("the cart fills", `document.querySelectorAll('#lines li').length >= 1 && document.getElementById('total').innerText !== ''`)
	b.until("the session listens", `document.getElementById('state').innerText === 'listening'`)
	b.run(`document.getElementById('end').click()`)
	b.until("the session ended", `document.getElementById('end').disabled`)
	// A session after another one.
	b.run(`document.getElementById('microphone').click()`)
	b.until("the agent answers what it heard", answers+` >= 2`)
	b.until("what was said stands there", `document.querySelectorAll('#said .you').length >= 2`)
}
