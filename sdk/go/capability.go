package omakase

import (
	"time"

	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Log is the plugin's log: lines go to the host's log under the plugin's name.
type Log struct{ ctx *Context }

// Log returns the log.
func (c *Context) Log() Log { return Log{c} }

// Debug writes a line for the plugin's author.
func (l Log) Debug(message string) { l.write("debug", message) }

// Info writes a line for the operator.
func (l Log) Info(message string) { l.write("info", message) }

// Warn writes a line about something that the operator should look at.
func (l Log) Warn(message string) { l.write("warn", message) }

// Error writes a line about something that went wrong.
func (l Log) Error(message string) { l.write("error", message) }

func (l Log) write(level, message string) {
	// A line that can't be written is no reason to fail the call; if the host
	// is stopping it, the next capability says so.
	_ = l.ctx.ask(wire.FnLog, &wire.LogRequest{Level: level, Message: message}, &wire.Empty{})
}

// Config is the plugin's configuration: a JSON object that the host has
// checked against the manifest's config_schema. It is "{}" when the operator
// configured nothing.
func (c *Context) Config() (string, error) {
	var config wire.Raw
	if err := c.ask(wire.FnConfig, &wire.Empty{}, &config); err != nil {
		return "", err
	}
	return config.JSON, nil
}

// ReadConfig gives the configuration to read, which reads it field by field.
func (c *Context) ReadConfig(read func(r *json.Reader)) error {
	text, err := c.Config()
	if err != nil {
		return err
	}
	r := json.NewReader(text)
	read(r)
	if err := r.End(); err != nil {
		return Fail(CodeInvalid, "reading the plugin's configuration: "+err.Error())
	}
	return nil
}

// HTML is the capability html: the host parses pages, which costs a tenth of
// what it costs here.
type HTML struct{ ctx *Context }

// HTML returns the capability.
func (c *Context) HTML() HTML { return HTML{c} }

// Query answers a batch of queries on one page.
func (h HTML) Query(req HTMLRequest) (HTMLReply, error) {
	var reply HTMLReply
	err := h.ctx.ask(wire.FnHTMLQuery, &req, &reply)
	return reply, err
}

// KV is the capability kv: the only memory between calls. Keys and values are
// text; each plugin has its own within a workspace.
type KV struct{ ctx *Context }

// KV returns the capability.
func (c *Context) KV() KV { return KV{c} }

// Get returns a value and whether there is one.
func (k KV) Get(key string) (value string, found bool, err error) {
	var reply wire.KVReply
	err = k.ctx.ask(wire.FnKVGet, &wire.KVRequest{Key: key}, &reply)
	return reply.Value, reply.Found, err
}

// Set stores a value for a time, rounded up to seconds; 0 is for ever.
func (k KV) Set(key, value string, ttl time.Duration) error {
	seconds := int((ttl + time.Second - 1) / time.Second)
	return k.ctx.ask(wire.FnKVSet, &wire.KVRequest{Key: key, Value: value, TTL: seconds}, &wire.Empty{})
}

// Delete removes a value if there is one.
func (k KV) Delete(key string) error {
	return k.ctx.ask(wire.FnKVDelete, &wire.KVRequest{Key: key}, &wire.Empty{})
}

// List returns the keys that begin with prefix, in byte order, at most limit
// of them; 0 is the host's cap.
func (k KV) List(prefix string, limit int) ([]string, error) {
	var reply wire.KVReply
	err := k.ctx.ask(wire.FnKVList, &wire.KVRequest{Prefix: prefix, Limit: limit}, &reply)
	return reply.Keys, err
}

// Crypto is the capability crypto. Algorithms are sha256, sha512, sha1 and
// md5; results are lower-case hexadecimal.
type Crypto struct{ ctx *Context }

// Crypto returns the capability.
func (c *Context) Crypto() Crypto { return Crypto{c} }

// Hash returns the hash of data.
func (k Crypto) Hash(algorithm, data string) (string, error) {
	return k.ask(wire.FnCryptoHash, wire.CryptoRequest{Algorithm: algorithm, Data: data})
}

// HMAC returns the HMAC of data under key.
func (k Crypto) HMAC(algorithm, key, data string) (string, error) {
	return k.ask(wire.FnCryptoHMAC, wire.CryptoRequest{Algorithm: algorithm, Key: key, Data: data})
}

// HMACWith returns the HMAC of data under a secret, by its name, which the
// plugin doesn't see. It needs the capability secret as well.
func (k Crypto) HMACWith(algorithm, secret, data string) (string, error) {
	return k.ask(wire.FnCryptoHMAC, wire.CryptoRequest{Algorithm: algorithm, Secret: secret, Data: data})
}

// Random returns n random bytes, in hexadecimal.
func (k Crypto) Random(n int) (string, error) {
	return k.ask(wire.FnCryptoRandom, wire.CryptoRequest{Length: n})
}

func (k Crypto) ask(fn int32, req wire.CryptoRequest) (string, error) {
	var reply wire.CryptoReply
	err := k.ctx.ask(fn, &req, &reply)
	return reply.Hex, err
}

// Secrets is the capability secret: texts of the configuration that the
// manifest's config_schema marks as "secret": true, which the plugin uses in
// headers of requests without ever seeing them.
//
//	token, err := ctx.Secrets().Use("token")
//	…
//	resp, err := ctx.HTTP().Fetch(omakase.FetchRequest{URL: api, Headers: []omakase.Header{
//		{Name: "Authorization", Value: "Bearer " + token},
//	}})
type Secrets struct{ ctx *Context }

// Secrets returns the capability.
func (c *Context) Secrets() Secrets { return Secrets{c} }

// Use returns a placeholder for a secret. The host puts the secret in its
// place in values of headers, in requests of this call, to hosts that the
// secret is for. The code is not_found when the operator has set none.
func (s Secrets) Use(name string) (placeholder string, err error) {
	return s.ask(wire.SecretRequest{Name: name})
}

// Basic returns a placeholder for the value of an Authorization header with a
// user name, and a secret as the password. With an empty user name the secret
// holds both, as user:password.
func (s Secrets) Basic(user, name string) (value string, err error) {
	prefix := ""
	if user != "" {
		prefix = user + ":"
	}
	placeholder, err := s.ask(wire.SecretRequest{Name: name, Prefix: prefix, Encoding: "base64"})
	if err != nil {
		return "", err
	}
	return "Basic " + placeholder, nil
}

func (s Secrets) ask(req wire.SecretRequest) (string, error) {
	var reply wire.SecretReply
	err := s.ctx.ask(wire.FnSecretUse, &req, &reply)
	return reply.Placeholder, err
}
