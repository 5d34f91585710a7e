package config

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const prefix = "OMAKASE_"

// Variable is the name of the environment variable that sets a key.
func Variable(key string) string { return prefix + shout(key) }

func shout(key string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// environment is the variables of the process and, behind them, those of a
// .env file. An empty variable counts as none: that is how compose files and
// unit files leave one out.
type environment struct {
	values  map[string]string
	origins map[string]Origin
}

func newEnvironment(environ []string) *environment {
	e := &environment{values: map[string]string{}, origins: map[string]Origin{}}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		e.add(name, value, Origin{Name: name})
	}
	return e
}

// add sets a variable unless it is set.
func (e *environment) add(name, value string, from Origin) {
	if _, taken := e.values[name]; !taken && value != "" {
		e.values[name], e.origins[name] = value, from
	}
}

// lookup finds the first variable of names that is set.
func (e *environment) lookup(names ...string) (text string, from Origin, ok bool) {
	for _, name := range names {
		if text, ok = e.values[name]; ok {
			return text, e.origins[name], true
		}
	}
	return "", Origin{}, false
}

// addFile adds the variables of a .env file, if there is one.
func (r *reader) addFile(e *environment, path string) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		r.mistake(Origin{Name: path}, "", "make the file readable or remove it", "%s", reason(err))
		return
	}
	variables, mistakes := parseDotEnv(path, text)
	r.mistakes = append(r.mistakes, mistakes...)
	for _, v := range variables {
		e.add(v.name, v.value, Origin{Name: v.name + " in " + v.from.String()})
	}
}

// environment lets variables overrule what was read so far.
func (r *reader) environment(e *environment) {
	known := map[string]bool{"OMAKASE_CONFIG": true}
	port, from, ok := e.lookup("PORT")
	if ok {
		r.port(port, from)
	}
	for _, f := range leaves(reflect.TypeFor[Config](), "", nil) {
		names := []string{Variable(f.key)}
		if f.alias != "" && f.alias != names[0] {
			names = append(names, f.alias)
		}
		for _, name := range names {
			known[name] = true
		}
		r.variable(e, f, names, func() reflect.Value {
			return at(reflect.ValueOf(&r.config).Elem(), f.index)
		})
	}
	r.pluginVariables(e, known)
	r.warnUnknown(e, known)
}

// variable sets one key, for secrets also from the file that NAME_FILE names.
func (r *reader) variable(e *environment, f field, names []string, target func() reflect.Value) {
	if text, from, ok := e.lookup(names...); ok {
		r.text(target(), f.key, from, text)
		return
	}
	if f.typ != secretType && (f.typ.Kind() != reflect.Slice || f.typ.Elem() != secretType) {
		return
	}
	files := make([]string, len(names))
	for i, name := range names {
		files[i] = name + "_FILE"
	}
	path, from, ok := e.lookup(files...)
	if !ok {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		r.mistake(from, f.key, "name a readable file that holds the secret", "reading %s: %s", path, reason(err))
		return
	}
	r.text(target(), f.key, from, string(bytes.TrimRight(text, "\r\n")))
}

// port replaces the port of server.addr, so that a platform that gives only a
// port does not open the server to the network.
func (r *reader) port(text string, from Origin) {
	const key = "server.addr"
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil {
		r.mistake(from, key, "use a number from 0 to 65535", "%q is not a port", text)
		return
	}
	host := r.config.Server.Addr
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	r.config.Server.Addr = host + ":" + strconv.FormatUint(n, 10)
	r.origins[key] = from
}

// pluginVariables reads OMAKASE_PLUGINS_SETTINGS_<ID>_<KEY>: the id in upper
// case with underscores, such as SCRAPER_SHOPIFY. An id that the file does not
// name is taken as kind.name. Behind <ID>_SECRETS_ stands a secret's name.
func (r *reader) pluginVariables(e *environment, known map[string]bool) {
	settings := &r.config.Plugins.Settings
	start := Variable("plugins.settings") + "_"
	ids := map[string]string{}
	for id := range *settings {
		ids[shout(id)] = id
	}
	keys := leaves(reflect.TypeFor[Plugin](), "", nil)
	for _, name := range e.names(start) {
		rest := strings.TrimPrefix(name, start)
		shouted, f, ok := splitPlugin(rest, keys)
		if ids[shouted] == "" && strings.Contains(rest, "_SECRETS_") {
			r.secretVariable(e, name, rest, ids, known)
			continue
		}
		if !ok {
			continue
		}
		known[name] = true
		id := pluginNamed(shouted, ids)
		plugin := (*settings)[id]
		f.key = join(join("plugins.settings", id), f.key)
		r.variable(e, f, []string{name}, func() reflect.Value {
			return at(reflect.ValueOf(&plugin).Elem(), f.index)
		})
		if *settings == nil {
			*settings = map[string]Plugin{}
		}
		(*settings)[id] = plugin
	}
}

// pluginNamed is the id that a variable means.
func pluginNamed(shouted string, ids map[string]string) string {
	if id := ids[shouted]; id != "" {
		return id
	}
	return strings.ToLower(strings.Replace(shouted, "_", ".", 1))
}

// secretVariable reads <ID>_SECRETS_<NAME>, or the file that it names with
// _FILE behind it. A name that the file does not have is in lower case.
func (r *reader) secretVariable(e *environment, variable, rest string, ids map[string]string, known map[string]bool) {
	shouted, name, ok := strings.Cut(strings.TrimSuffix(rest, "_FILE"), "_SECRETS_")
	if !ok || shouted == "" || name == "" {
		return
	}
	known[variable] = true
	settings := &r.config.Plugins.Settings
	id := pluginNamed(shouted, ids)
	plugin := (*settings)[id]
	secrets := maps.Clone(plugin.Secrets)
	if secrets == nil {
		secrets = map[string]Secret{}
	}
	key := strings.ToLower(name)
	for written := range secrets {
		if shout(written) == name {
			key = written
		}
	}
	var value Secret
	f := field{key: join(join("plugins.settings", id), "secrets."+key), typ: secretType}
	r.variable(e, f, []string{strings.TrimSuffix(variable, "_FILE")}, func() reflect.Value {
		return reflect.ValueOf(&value).Elem()
	})
	secrets[key] = value
	plugin.Secrets = secrets
	if *settings == nil {
		*settings = map[string]Plugin{}
	}
	(*settings)[id] = plugin
}

// splitPlugin cuts SCRAPER_SHOPIFY_GRANTS_HTTP_HOSTS into id and key, the
// longest key that fits.
func splitPlugin(name string, keys []field) (id string, key field, ok bool) {
	for _, f := range keys {
		rest, fits := strings.CutSuffix(name, "_"+shout(f.key))
		if fits && rest != "" && len(f.key) > len(key.key) {
			id, key, ok = rest, f, true
		}
	}
	return id, key, ok
}

// names are the variables with a prefix, in order.
func (e *environment) names(start string) []string {
	var names []string
	for name := range e.values {
		if strings.HasPrefix(name, start) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// warnUnknown tells of variables that look like a mistyped one of ours. It is
// no mistake: other software sets variables too, such as Kubernetes for a
// service of our name.
func (r *reader) warnUnknown(e *environment, known map[string]bool) {
	all := make([]string, 0, len(known))
	for name := range known {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, name := range e.names(prefix) {
		if known[name] || known[strings.TrimSuffix(name, "_FILE")] {
			continue
		}
		if near := nearest(name[len(prefix):], trimmed(all)); near != "" {
			r.warnings = append(r.warnings,
				e.origins[name].String()+" sets nothing; did you mean "+prefix+near+"?")
		}
	}
}

func trimmed(names []string) []string {
	short := make([]string, 0, len(names))
	for _, name := range names {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			short = append(short, rest)
		}
	}
	return short
}

// reason is an error of the file system without the path, which the place of
// the mistake names already.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
