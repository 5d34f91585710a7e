package config

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Source is where a configuration is read from, the later overruling the
// earlier.
type Source struct {
	File    string   // a YAML file; "" for the one that OMAKASE_CONFIG names, or none
	DotEnv  string   // a file of variables that are set unless Environ has them; it may be missing
	Environ []string // NAME=value
	Flags   []Flag
}

// Flag is a key that was set on the command line.
type Flag struct {
	Name  string // as the user wrote it, such as --addr
	Key   string // such as server.addr
	Value string
}

// Loaded is a configuration and the story of its values. It is
// read-only.
type Loaded struct {
	Config
	File     string   // the file that was read, or ""
	Warnings []string // what looks wrong but hinders nothing
	origins  map[string]Origin
}

// Load reads and checks a configuration. Its error is Mistakes, all of them;
// Loaded then holds what could be read, for those who look for more.
func Load(s Source) (*Loaded, error) {
	r := &reader{config: Default(), origins: map[string]Origin{}}
	env := newEnvironment(s.Environ)
	if s.DotEnv != "" {
		r.addFile(env, s.DotEnv)
	}
	file, from := s.File, Origin{Name: s.File}
	if file == "" {
		file, from, _ = env.lookup("OMAKASE_CONFIG")
	}
	if file != "" {
		r.file(file, from)
	}
	r.environment(env)
	r.flags(s.Flags)
	r.check()
	l := &Loaded{Config: r.config, File: file, Warnings: r.warnings, origins: r.origins}
	if len(r.mistakes) > 0 {
		return l, r.mistakes
	}
	return l, nil
}

func (r *reader) file(path string, from Origin) {
	text, err := os.ReadFile(path)
	if err != nil {
		r.mistake(from, "", "name a readable YAML file", "reading %s: %s", path, reason(err))
		return
	}
	d := document{reader: r, name: path}
	if body := d.parse(text, ""); body != nil {
		d.value(reflect.ValueOf(&r.config).Elem(), "", body)
	}
}

func (r *reader) flags(flags []Flag) {
	for _, f := range leaves(reflect.TypeFor[Config](), "", nil) {
		for _, flag := range flags {
			if flag.Key == f.key {
				r.text(at(reflect.ValueOf(&r.config).Elem(), f.index), f.key, Origin{Name: flag.Name}, flag.Value)
			}
		}
	}
}

// Origin is where the value of a key came from; the zero Origin means that it
// is the default.
func (l *Loaded) Origin(key string) Origin { return originOf(l.origins, key) }

// PluginMistake is a mistake in a plugin's own settings, which only the plugin's
// manifest can tell, at the place where they were written. path leads from the
// settings to what is wrong, by keys and indices.
func (l *Loaded) PluginMistake(id string, path []string, problem string) Mistake {
	key := join(join("plugins.settings", id), "config")
	if len(path) > 0 {
		if _, ok := l.Plugins.Settings[id].Secrets[path[0]]; ok {
			key = join(join("plugins.settings", id), "secrets")
		}
	}
	for _, step := range path {
		if _, err := strconv.Atoi(step); err == nil {
			key += "[" + step + "]"
		} else {
			key = join(key, step)
		}
	}
	return Mistake{Origin: l.Origin(key), Key: key, Problem: problem, Hint: "see omakase plugin inspect " + id}
}

// originOf finds the place of a key or else of what it stands in.
func originOf(origins map[string]Origin, key string) Origin {
	for key != "" {
		if o, ok := origins[key]; ok {
			return o
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return Origin{}
}

// Setting is a key that was set, and by whom.
type Setting struct {
	Key    string
	Value  string // for people; secrets and plugins' own settings are not shown
	Origin Origin
}

// Settings are the keys that something set, in the order of Config.
func (l *Loaded) Settings() []Setting {
	all := l.settings("", reflect.ValueOf(l.Config))
	for _, id := range slices.Sorted(maps.Keys(l.Plugins.Settings)) {
		all = append(all, l.settings(join("plugins.settings", id), reflect.ValueOf(l.Plugins.Settings[id]))...)
	}
	return all
}

func (l *Loaded) settings(prefix string, v reflect.Value) []Setting {
	var all []Setting
	for _, f := range leaves(v.Type(), prefix, nil) {
		from, ok := l.origins[f.key]
		if !ok || f.typ.Kind() == reflect.Map && f.typ.Elem().Kind() == reflect.Struct {
			continue
		}
		field, err := v.FieldByIndexErr(f.index)
		if err != nil { // inside a pointer that is nil
			continue
		}
		all = append(all, Setting{Key: f.key, Value: show(field), Origin: from})
	}
	return all
}

func show(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		return show(v.Elem())
	case reflect.Map:
		names := make([]string, 0, v.Len())
		for _, k := range v.MapKeys() {
			names = append(names, k.String())
		}
		slices.Sort(names)
		return "{" + strings.Join(names, ", ") + "}"
	case reflect.Slice:
		if isList(v.Type()) {
			return fmt.Sprint(v.Interface())
		}
		return fmt.Sprintf("%d entries", v.Len())
	}
	return fmt.Sprint(v.Interface())
}
