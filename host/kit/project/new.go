package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/examples"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// Template says what a new project is to be.
type Template struct {
	Dir      string // must not be there yet, or be empty
	Kind     string // scraper, prompt or tool
	Language string // Go, AssemblyScript or C
	ID       string // "": made of kind and the folder's name
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// New makes a project that builds and passes its tests as it is: the example of
// its kind, under an id of its own, with the SDK beside it.
func New(t Template) (*Project, error) {
	example, ok := examples.Of(t.Kind)
	if !ok {
		return nil, errs.New(errs.Invalid, "there is no kind %q", t.Kind).WithHint("kinds are scraper, prompt and tool")
	}
	if _, err := fs.Stat(example, t.Language); err != nil {
		return nil, errs.New(errs.Invalid, "there is no template in %q", t.Language).WithHint("languages are go, as (AssemblyScript) and c")
	}
	if err := vacant(t.Dir); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(t.Dir)
	if err != nil {
		return nil, err
	}
	name := strings.Trim(unfit.ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-")
	if name == "" && t.ID == "" {
		return nil, errs.New(errs.Invalid, "no id can be made of the folder's name %q", filepath.Base(abs)).
			WithHint("name one with --id, such as %s.my-shop", t.Kind)
	}
	if t.ID == "" {
		t.ID = t.Kind + "." + name
	}
	if name == "" {
		name = t.Kind
	}
	if err := makeFolder(abs, func(dir string) error { return t.fill(example, dir, name) }); err != nil {
		return nil, errs.Wrap("making the plugin's folder", err)
	}
	return Open(t.Dir)
}

// vacant reports what stands in the way of a new folder.
func vacant(dir string) error {
	if dir == "" {
		return errs.New(errs.Invalid, "the folder has no name").WithHint("name one, such as my-shop")
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return errs.New(errs.Conflict, "%s is there already and not empty", dir).WithHint("name another folder, or remove what is in this one")
	case errors.Is(err, syscall.ENOTDIR):
		return errs.New(errs.Conflict, "%s can't be made, since a file has that name, or a part of it", dir).WithHint("name another folder")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return errs.Wrap("looking at the folder", err)
	}
	return nil
}

// fill writes the project into a folder.
func (t *Template) fill(example fs.FS, dir, name string) error {
	if err := copyTree(example, t.Language, dir, t.ID); err != nil {
		return err
	}
	if err := copyTree(example, Recordings, filepath.Join(dir, Recordings), t.ID); err != nil {
		return err
	}
	if err := t.extras(dir, name); err != nil {
		return err
	}
	p, err := Open(dir)
	if err != nil {
		return err
	}
	return p.writeSDK()
}

// copyTree copies a folder of the example, with the new id in the manifest.
func copyTree(from fs.FS, root, to, id string) error {
	return fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		if path.Base(name) == ManifestFile {
			if text, err = renamed(text, id); err != nil {
				return err
			}
		}
		return write(filepath.Join(to, filepath.FromSlash(strings.TrimPrefix(name, root+"/"))), text)
	})
}

// renamed is the example's manifest under another id.
func renamed(text []byte, id string) ([]byte, error) {
	m, err := abi.ParseManifest(text)
	if err != nil {
		return nil, err
	}
	old, err := json.Marshal(m.ID)
	if err != nil {
		return nil, err
	}
	changed := strings.Replace(string(text), string(old), fmt.Sprintf("%q", id), 1)
	changed = strings.Replace(changed, `"version": "`+m.Version+`"`, `"version": "0.1.0"`, 1)
	_, err = abi.ParseManifest([]byte(changed))
	var wrong *abi.FieldError
	if errors.As(err, &wrong) {
		return nil, errs.New(errs.Invalid, "%q is no id of a plugin: it %s", id, wrong.Problem).WithHint("name one with --id, such as scraper.my-shop")
	}
	return []byte(changed), err
}

const ignored = "dist/\nnode_modules/\n"

const readme = `# %[1]s

A plugin for omakase, in a folder of its own. It begins as the example of its kind, which works: it builds and passes its tests. Change it bit by bit and keep it so.

` + "```sh" + `
omakase plugin test      # build, and replay the recordings without a network
omakase plugin dev       # the same again whenever a file changes
omakase plugin check     # what a host will say of it
` + "```" + `

| file | |
|---|---|
| plugin.json | what the plugin is, what it needs and why; operators read it |
| recordings/ | calls that were made once and are replayed as tests; omakase plugin record adds one |
| .omakase/ | the SDK, as it came with the omakase command; delete it to take the one of another version |
| dist/ | the built module |

The guide is docs/plugins.md of omakase.
`

// extras writes what a folder needs to stand alone.
func (t *Template) extras(dir, name string) error {
	all := map[string]string{
		".gitignore": ignored,
		"README.md":  fmt.Sprintf(readme, t.ID),
	}
	if t.Language == Go {
		all["go.mod"] = "module " + name + "\n\ngo 1.26\n\nrequire github.com/omakase-ai/omakase v0.0.0\n\n" +
			"// The SDK that came with the omakase command.\nreplace github.com/omakase-ai/omakase => ./" + sdkDir + "/" + Go + "\n"
	}
	for file, text := range all {
		if err := write(filepath.Join(dir, file), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}
