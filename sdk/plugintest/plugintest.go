// Package plugintest tests a plugin natively, in an ordinary Go test and under
// a debugger: its own recordings, and the rules of its kind.
//
//	func TestRecordings(t *testing.T) { plugintest.Recordings(t, &plugin, "recordings") }
//
// The omakase command replays the same recordings with the module that the
// host will run, and looks at its fuel as well: omakase plugin test.
package plugintest

import (
	"path/filepath"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/recording"
)

// Recordings replays every recording in a folder, each as a subtest by its
// name. A folder without any is a mistake.
func Recordings(t *testing.T, p *omakase.Plugin, dir string) {
	t.Helper()
	files, err := recording.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("there is no recording in %s; make one with omakase plugin record", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			r, err := recording.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			Replay(t, p, r)
		})
	}
}

// Replay makes one recorded call of a plugin, and fails the test where the
// answer differs or breaks a rule.
func Replay(t *testing.T, p *omakase.Plugin, r *recording.Recording) {
	t.Helper()
	op, _ := recording.Operation(r.Operation)
	play := r.Play()
	answer := p.Dispatch(omakase.NewContext(play), op, []byte(r.Request), nil)
	for _, missing := range play.Missing {
		t.Errorf("the recording has no reply to %s; record it again with omakase plugin record", missing)
	}
	if diff := recording.Diff(r.Answer, answer); len(diff) > 0 {
		t.Errorf("the answer differs from the recorded one (-recorded +now):\n%s", strings.Join(diff, "\n"))
	}
	for _, wrong := range recording.Rules(r.Operation, r.Request, answer) {
		t.Error(wrong)
	}
}
