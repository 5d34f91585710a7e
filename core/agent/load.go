package agent

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/omakase-ai/omakase/core/errs"
)

//go:embed data/*.yaml
var builtin embed.FS

// maxFile is the size of the largest file of an agent, in bytes.
const maxFile = 256 << 10

// Load reads the agents that are compiled in and, where dir is not nil, those
// of the operator: each *.yaml or *.yml file at the root of dir is one agent.
// A file with the id of an agent that is there changes what it names, and
// leaves the rest; lists are replaced whole. Any other is a new agent and must
// be complete in all languages. Errors are Invalid and name the file.
//
// Without dir nothing can be wrong, and the files, which take longer to read
// than a server to start, are read when an agent is first asked for.
func Load(dir fs.FS) (*Agents, error) {
	if dir == nil {
		return &Agents{lists: sync.OnceValue(func() *lists {
			l, err := read(nil)
			if err != nil {
				panic(err) // a test holds that what is compiled in is right
			}
			return l
		})}, nil
	}
	l, err := read(dir)
	if err != nil {
		return nil, err
	}
	return &Agents{lists: func() *lists { return l }}, nil
}

func read(dir fs.FS) (*lists, error) {
	l := loader{agents: map[string]*Agent{}}
	if err := l.folder(builtin, "data"); err != nil {
		return nil, err
	}
	if dir != nil {
		l.seen = map[string]string{}
		if err := l.folder(dir, "."); err != nil {
			return nil, err
		}
	}
	return l.finish()
}

type loader struct {
	agents map[string]*Agent
	seen   map[string]string // of the operator's: id → file
}

func (l *loader) folder(dir fs.FS, root string) error {
	entries, err := fs.ReadDir(dir, root)
	if err != nil {
		return errs.New(errs.Invalid, "reading the folder of agents: %v", err).WithHint("name a readable folder in agents.dir, or leave it empty")
	}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if err := l.file(dir, path.Join(root, e.Name())); err != nil {
			return (&errs.Error{Kind: errs.Invalid, Op: "agent file " + e.Name(), Err: err}).WithHint("see docs/agents.md for what an agent file holds")
		}
	}
	return nil
}

func (l *loader) file(dir fs.FS, name string) error {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return err
	}
	return l.parse(text, path.Base(name))
}

// parse reads a file's text; name is for messages.
func (l *loader) parse(text []byte, name string) error {
	if len(text) > maxFile {
		return errs.New(errs.Invalid, "it is larger than %d KiB", maxFile>>10)
	}
	var head struct {
		ID string `yaml:"id"`
	}
	if err := decode(text, &head); err != nil {
		return err
	}
	if first, twice := l.seen[head.ID]; twice {
		return errs.New(errs.Invalid, "%s has the id %s as well", first, head.ID)
	}
	if l.seen != nil {
		l.seen[head.ID] = name
	}
	a := l.agents[head.ID]
	if a == nil {
		a = &Agent{Order: 1000, Active: true, Icon: "heart", Color: "#6B7280", Sells: true}
	}
	// Decoding over what is there leaves what the file does not name.
	if err := decode(text, a, yaml.Strict()); err != nil {
		return err
	}
	if err := a.check(); err != nil {
		return err
	}
	l.agents[a.ID] = a
	return nil
}

// decode reads one document. The library panics on some that are not as the
// target wants them, which is a mistake in the file like any other.
func decode(text []byte, into any, o ...yaml.DecodeOption) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errs.New(errs.Invalid, "a value is of the wrong type")
		}
	}()
	if err := yaml.NewDecoder(bytes.NewReader(text), o...).Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return errs.New(errs.Invalid, "%s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return nil
}

func (l *loader) finish() (*lists, error) {
	a := &lists{byID: make(map[string]*Agent, len(l.agents)*2)}
	for _, found := range l.agents {
		a.list = append(a.list, found)
		a.byID[found.ID] = found
	}
	slices.SortFunc(a.list, func(x, y *Agent) int {
		return cmp.Or(cmp.Compare(x.Order, y.Order), cmp.Compare(x.ID, y.ID))
	})
	for _, found := range a.list {
		for _, alias := range found.Aliases {
			if other, taken := a.byID[alias]; taken && other != found {
				return nil, errs.New(errs.Invalid, "agent %s has the alias %s, by which %s is known", found.ID, alias, other.ID).
					WithHint("give each id and alias to one agent")
			}
			a.byID[alias] = found
		}
	}
	return a, nil
}
