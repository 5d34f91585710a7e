package config

import (
	"time"

	"github.com/omakase-ai/omakase/core/agent"
)

// Config is the whole of the settings. The doc comments of its fields are the
// descriptions in configs/omakase.schema.json.
//
// Every key also reads from a variable: its path in upper case behind
// OMAKASE_, dots as underscores, such as OMAKASE_NETWORK_GAP for network.gap.
// An env tag adds an older name for it.
type Config struct {
	// How clients reach this server.
	Server Server `yaml:"server"`
	// The folder for everything that lasts: database, compiled plugins, lock.
	DataDir string `yaml:"data_dir"`
	// A PostgreSQL URL. Empty: an SQLite file in data_dir.
	DatabaseURL Secret `yaml:"database_url" env:"DATABASE_URL"`
	// What the server writes to stderr.
	Log Log `yaml:"log"`
	// Access to the voice model's provider.
	OpenAI OpenAI `yaml:"openai"`
	// What voice sessions may take.
	Voice Voice `yaml:"voice"`
	// A shop to import when the server starts.
	Store Store `yaml:"store"`
	// How carts and orders work.
	Shop Shop `yaml:"shop"`
	// How the server fetches from shops.
	Network Network `yaml:"network"`
	// How imports are worked.
	Jobs Jobs `yaml:"jobs"`
	// Shops to import again and again.
	Schedules []Schedule `yaml:"schedules"`
	// Who speaks to customers, and what they are told.
	Agents Agents `yaml:"agents"`
	// Which plugins run, and what each may do.
	Plugins Plugins `yaml:"plugins"`
	// What is told of the server's work beside its log and metrics.
	Observe Observe `yaml:"observe"`
	// What voice sessions may do.
	Tools Tools `yaml:"tools"`
	// The shop that the binary carries to be tried out.
	Demo Demo `yaml:"demo"`
}

// Server is how clients reach this server.
type Server struct {
	// Host and port to listen on. PORT replaces the port alone. Beyond
	// loopback, api_keys or allow_open are needed.
	Addr string `yaml:"addr"`
	// Keys that clients send as "Authorization: Bearer KEY", needed for writes
	// and administration once any is set.
	APIKeys []Secret `yaml:"api_keys" env:"OMAKASE_API_KEYS"`
	// Listen beyond loopback although there are no API keys.
	AllowOpen bool `yaml:"allow_open"`
	// Origins whose pages may call the API from a browser; "*" is all, and
	// the default.
	CORSOrigins []string `yaml:"cors_origins"`
	// Megabytes of answers kept ready. 0 keeps none.
	CacheMB int `yaml:"cache_mb" jsonschema:"minimum=0"`
	// A folder of files that are served as they are, such as a built
	// dashboard. Its index.html takes the place of the built-in page. Empty:
	// none.
	PublicDir string `yaml:"public_dir"`
	// How long running requests and job pages may take to end at shutdown.
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
}

// Log is what the server writes to stderr.
type Log struct {
	// The least important level that is written.
	Level string `yaml:"level" env:"LOG_LEVEL" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
	// Text for people, json for log collectors.
	Format string `yaml:"format" jsonschema:"enum=text,enum=json"`
}

// OpenAI is the access to the voice model's provider.
type OpenAI struct {
	// Needed for voice sessions only.
	APIKey Secret `yaml:"api_key" env:"OPENAI_API_KEY"`
	// The root of the provider's API.
	BaseURL string `yaml:"base_url" env:"OPENAI_BASE_URL"`
	// The model of voice sessions.
	Model string `yaml:"model"`
	// The model that writes down what customers say. Empty: nothing is written
	// down.
	TranscriptionModel string `yaml:"transcription_model"`
	// The longest that one request to the provider may take.
	Timeout time.Duration `yaml:"timeout"`
	// How many voice sessions one client address may open in a minute. 0 is
	// any number.
	SessionsPerMinute int `yaml:"sessions_per_minute" jsonschema:"minimum=0"`
}

// Voice is what voice sessions may take.
type Voice struct {
	// Sessions at the same time. 0 is any number.
	Sessions int `yaml:"sessions" jsonschema:"minimum=0"`
	// Sessions at the same time with one API key, or from one address where
	// there is no key. 0 is any number.
	SessionsPerKey int `yaml:"sessions_per_key" jsonschema:"minimum=0"`
	// The longest that a session may last. 0 is as long as it likes.
	MaxLength time.Duration `yaml:"max_length"`
	// The longest that a session may go on in which nobody speaks. 0 is as
	// long as it likes.
	MaxIdle time.Duration `yaml:"max_idle"`
	// What one session may cost by prices, in their currency. The agent takes
	// leave when it is used up. 0 is any amount.
	Budget float64 `yaml:"budget" jsonschema:"minimum=0"`
	// What a million tokens cost, by the model's name; a name also stands for
	// the dated versions of its model. "transcription" is what writes down what
	// customers say, "default" is for models that are not named.
	Prices map[string]VoicePrices `yaml:"prices"`
	// ISO 4217 code of the prices.
	Currency string `yaml:"currency"`
	// How long a session is kept, with all that was said in it, after the last
	// that happened. 0 is for ever.
	Retention time.Duration `yaml:"retention"`
	// How long a tool may take before the customer is told that it takes a
	// moment.
	Filler time.Duration `yaml:"filler"`
	// How long a tool may take before the model goes on without it. Its result
	// follows.
	ToolDeadline time.Duration `yaml:"tool_deadline"`
	// How long a tool may take before it is stopped.
	ToolLimit time.Duration `yaml:"tool_limit"`
	// When a conversation with the provider is moved to a new one, in a quiet
	// moment. Providers end them after an hour.
	Rotate time.Duration `yaml:"rotate"`
	// How long a session waits for a browser that lost its connection.
	Linger time.Duration `yaml:"linger"`
	// Talk to the simulator that the binary carries when there is no
	// openai.api_key.
	Simulator bool `yaml:"simulator"`
}

// VoicePrices is what a million tokens of a model cost.
type VoicePrices struct {
	// Text that the model reads.
	TextIn float64 `yaml:"text_in" jsonschema:"minimum=0"`
	// Speech that it hears.
	AudioIn float64 `yaml:"audio_in" jsonschema:"minimum=0"`
	// Images that it sees.
	ImageIn float64 `yaml:"image_in" jsonschema:"minimum=0"`
	// Text that it has read before.
	CachedText float64 `yaml:"cached_text" jsonschema:"minimum=0"`
	// Speech that it has heard before.
	CachedAudio float64 `yaml:"cached_audio" jsonschema:"minimum=0"`
	// Images that it has seen before.
	CachedImage float64 `yaml:"cached_image" jsonschema:"minimum=0"`
	// Text that it writes.
	TextOut float64 `yaml:"text_out" jsonschema:"minimum=0"`
	// Speech that it speaks.
	AudioOut float64 `yaml:"audio_out" jsonschema:"minimum=0"`
	// A minute of it, where it is billed by time.
	Minute float64 `yaml:"minute" jsonschema:"minimum=0"`
}

// Store is a shop to import when the server starts.
type Store struct {
	// The shop's address. Empty: none.
	URL string `yaml:"url" env:"STORE_URL"`
	// The shop's platform, such as shopify. Empty: found out.
	Type string `yaml:"type" env:"STORE_TYPE"`
	// Stop after so many products; 0 imports all of them.
	MaxProducts int `yaml:"max_products" env:"MAX_PRODUCTS" jsonschema:"minimum=0"`
	// ISO 4217 code for prices whose shop or client names no currency.
	Currency string `yaml:"currency"`
}

// Network is how the server fetches from shops.
type Network struct {
	// Private addresses that fetches may reach nevertheless: CIDRs and
	// host:port pairs. For them the gap between requests is lifted too.
	Allow []string `yaml:"allow"`
	// The pause between two requests to one host.
	Gap time.Duration `yaml:"gap"`
	// What the server calls itself. Empty: omakase with its version.
	UserAgent string `yaml:"user_agent"`
	// The longest that one request may take.
	Timeout time.Duration `yaml:"timeout"`
	// The largest body, after decompression.
	MaxBytes Bytes `yaml:"max_bytes"`
}

// Jobs is how imports are worked.
type Jobs struct {
	// Imports worked at the same time.
	Workers int `yaml:"workers" jsonschema:"minimum=1"`
	// The longest that one page may take, waiting for the shop included.
	PageTimeout time.Duration `yaml:"page_timeout"`
	// The first pause after a failed page, doubled each time.
	RetryDelay time.Duration `yaml:"retry_delay"`
	// An import ends after so many pages of a catalogue, keeps what it has and
	// says so.
	MaxPages int `yaml:"max_pages" jsonschema:"minimum=1"`
	// It ends after so many pages in a row that show nothing new, as shops that
	// make up pages without end have them.
	MaxIdlePages int `yaml:"max_idle_pages" jsonschema:"minimum=1"`
	// It ends after so many bytes.
	MaxBytes Bytes `yaml:"max_bytes"`
	// It ends after so long.
	MaxTime time.Duration `yaml:"max_time"`
}

// Schedule is a shop to import again and again.
type Schedule struct {
	// The shop's address.
	URL string `yaml:"url" jsonschema:"required"`
	// The workspace that the products belong to.
	Workspace string `yaml:"workspace"`
	// The time from one start to the next, at least a minute.
	Every time.Duration `yaml:"every" jsonschema:"required"`
	// The plugin to use. Empty: found out.
	Plugin string `yaml:"plugin"`
	// Stop after so many products; 0 imports all of them.
	MaxProducts int `yaml:"max_products" jsonschema:"minimum=0"`
}

// Agents is who speaks to customers, and what they are told.
type Agents struct {
	// A folder of agent files, each a YAML file that changes a built-in agent
	// or adds one. Empty: the built-in agents alone.
	Dir string `yaml:"dir"`
	// How many tokens of a prompt products may take, by estimate. The best come
	// first, the others are reached by search. 0: none are told of.
	CatalogTokens int `yaml:"catalog_tokens" jsonschema:"minimum=0,maximum=100000"`
	// The plugin that writes prompts, by its id. Empty: prompt.standard. An
	// agent's file may name another for that agent.
	PromptPlugin string `yaml:"prompt_plugin"`
}

// Plugins is which plugins run, and what each may do.
type Plugins struct {
	// A folder of further .wasm files. Empty: built-in plugins only.
	Dir string `yaml:"dir"`
	// The folder of compiled plugins. Empty: inside data_dir.
	CacheDir string `yaml:"cache_dir"`
	// Look at dir all the time and load what has changed. Otherwise SIGHUP and
	// POST /api/admin/plugins/reload do.
	Watch bool `yaml:"watch"`
	// How long calls may go on after their plugin was replaced.
	Drain time.Duration `yaml:"drain"`
	// After how long an unused plugin is let go with all its memory.
	Idle time.Duration `yaml:"idle"`
	// What is done about signatures of plugins that aren't built in: nothing
	// (off), a line in the log where one isn't signed by a key below (warn), or
	// such a plugin is not taken (require).
	Signatures string `yaml:"signatures" jsonschema:"enum=off,enum=warn,enum=require"`
	// Whose signatures count: keys as omakase plugin sign prints them,
	// ed25519:….
	Keys []string `yaml:"keys"`
	// What the operator says about single plugins, by plugin id.
	Settings map[string]Plugin `yaml:"settings"`
}

// Plugin is what the operator says about one plugin. What is left out is as
// the plugin's manifest has it, which settings can narrow and never widen.
type Plugin struct {
	// Whether the plugin is used. Left out: it is.
	Enabled *bool `yaml:"enabled,omitempty"`
	// The SHA-256 of the only module that is taken, in hexadecimal, as omakase
	// plugin inspect shows it; then no signature is needed. Left out: any.
	Digest string `yaml:"digest,omitempty"`
	// The plugin's own settings, as its manifest describes them.
	Config map[string]any `yaml:"config,omitempty"`
	// Those of its settings that the manifest marks as secret. Also
	// OMAKASE_PLUGINS_SETTINGS_ID_SECRETS_NAME, or the file that this variable
	// names with _FILE behind it.
	Secrets map[string]Secret `yaml:"secrets,omitempty"`
	// Which calls may find what others left in the plugin's variables: those of
	// the same workspace, or none. Left out: workspace.
	Isolation string `yaml:"isolation,omitempty" jsonschema:"enum=workspace,enum=call"`
	// What the plugin may use. A built-in plugin has what its manifest needs
	// unless it is narrowed here; any other has log, config, clock and html
	// and what is granted here.
	Grants Grants `yaml:"grants,omitempty"`
	// How much the plugin may use. 0 is as the manifest has it.
	Limits Limits `yaml:"limits,omitempty"`
}

// Grants is what a plugin may use.
type Grants struct {
	// Fetching from the web.
	HTTP *HTTPGrant `yaml:"http,omitempty"`
	// Parsing of HTML in the host.
	HTML *bool `yaml:"html,omitempty"`
	// A memory that outlasts a call.
	KV *KVGrant `yaml:"kv,omitempty"`
	// Hashes, signatures and random bytes.
	Crypto *bool `yaml:"crypto,omitempty"`
	// Using the plugin's secrets in requests and signatures, without seeing
	// them.
	Secret *SecretGrant `yaml:"secret,omitempty"`
	// Looking at the products.
	Catalog *bool `yaml:"catalog,omitempty"`
	// Changing the carts of the customers that it is called for.
	Cart *bool `yaml:"cart,omitempty"`
	// Placing their orders and looking at them.
	Order *bool `yaml:"order,omitempty"`
	// Reading frequent questions and what the shop says about itself.
	Knowledge *bool `yaml:"knowledge,omitempty"`
}

// HTTPGrant is where a plugin may fetch from. Empty lists grant nothing.
type HTTPGrant struct {
	// Host patterns: shop.example, *.shop.example, {shop} for the shop that is
	// being imported, * for all; with a scheme before and a port behind it
	// where only those are meant: https://api.shop.example:8443.
	Hosts []string `yaml:"hosts"`
	// Request methods. Left out: GET and HEAD.
	Methods []string `yaml:"methods,omitempty"`
	// The largest body of a response. 0 is network.max_bytes.
	MaxBytes Bytes `yaml:"max_bytes,omitempty"`
	// The longest that one request may take. 0 is network.timeout.
	Timeout time.Duration `yaml:"timeout,omitempty"`
}

// SecretGrant is where a plugin's secrets may be sent to. An empty list grants
// nothing.
type SecretGrant struct {
	// Host patterns that name their hosts: https is meant unless a pattern
	// says otherwise, and the scheme's own port.
	Hosts []string `yaml:"hosts"`
}

// KVGrant is a plugin's memory.
type KVGrant struct {
	// Keys and values together, for each workspace. 0 grants no memory.
	Quota Bytes `yaml:"quota"`
}

// Limits is how much a plugin may use.
type Limits struct {
	// The longest that one call may work. Waiting for shops doesn't count.
	Deadline time.Duration `yaml:"deadline,omitempty"`
	// The longest that one call may take, waiting included.
	Total time.Duration `yaml:"total,omitempty"`
	// The most work that one call may do, in units of the host's meter.
	Fuel int `yaml:"fuel,omitempty" jsonschema:"minimum=0"`
	// Megabytes of memory of one instance.
	MemoryMB int `yaml:"memory_mb,omitempty" jsonschema:"minimum=0"`
	// Instances at the same time.
	Instances int `yaml:"instances,omitempty" jsonschema:"minimum=0"`
	// Calls after which an instance is replaced.
	Calls int `yaml:"calls,omitempty" jsonschema:"minimum=0"`
	// Calls waiting for an instance before the host answers busy.
	Queue int `yaml:"queue,omitempty" jsonschema:"minimum=0"`
	// The longest that a call waits for an instance. 0 is the deadline.
	QueueWait time.Duration `yaml:"queue_wait,omitempty"`
	// Host calls in one call.
	HostCalls int `yaml:"host_calls,omitempty" jsonschema:"minimum=0"`
	// The largest request to the plugin, or of it to the host.
	RequestBytes Bytes `yaml:"request_bytes,omitempty"`
	// The largest reply of the plugin, or of the host to it.
	ReplyBytes Bytes `yaml:"reply_bytes,omitempty"`
	// Lines that one call may log.
	LogLines int `yaml:"log_lines,omitempty" jsonschema:"minimum=0"`
	// Lines that all calls together may log in a second.
	LogRate int `yaml:"log_rate,omitempty" jsonschema:"minimum=0"`
	// The largest page that is parsed for the plugin.
	PageBytes Bytes `yaml:"page_bytes,omitempty"`
	// Nodes of a page in one answer.
	Nodes int `yaml:"nodes,omitempty" jsonschema:"minimum=0"`
	// Pages and other bodies that one call may hold.
	Handles int `yaml:"handles,omitempty" jsonschema:"minimum=0"`
	// Bytes in all bodies that one call holds.
	BodyBytes Bytes `yaml:"body_bytes,omitempty"`
	// Faults in a row after which the plugin is left alone for a while. -1 is
	// never.
	Faults int `yaml:"faults,omitempty" jsonschema:"minimum=-1"`
	// For how long at first; it doubles each time.
	Pause time.Duration `yaml:"pause,omitempty"`
}

// Observe is what is told of the server's work beside its log and metrics.
type Observe struct {
	// Send a span for each call of a plugin and each of its host calls to this
	// OTLP/HTTP receiver, such as http://127.0.0.1:4318. Empty: nothing is
	// traced.
	OTLPEndpoint string `yaml:"otlp_endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	// NAME=value, for each request to the receiver.
	OTLPHeaders []Secret `yaml:"otlp_headers" env:"OTEL_EXPORTER_OTLP_HEADERS"`
	// How many of a hundred calls are traced.
	TracePercent int `yaml:"trace_percent" jsonschema:"minimum=1,maximum=100"`
}

// Tools is what voice sessions may do. Every enabled plugin that provides
// tool/1 adds its tools.
type Tools struct {
	// Plugins whose tools win over others of the same name, the first of them
	// most. Then come the built-in ones, then the others.
	First []string `yaml:"first"`
	// Names of tools that sessions don't have.
	Without []string `yaml:"without"`
}

// Demo is the shop that the binary carries to be tried out.
type Demo struct {
	// Serve the demo shop on a loopback port and import it at start.
	Enabled bool `yaml:"enabled"`
	// Where it listens. The shop's products are known by this address.
	Addr string `yaml:"addr"`
}

// Default is the configuration of a server that was told nothing.
func Default() Config {
	return Config{
		Server: Server{
			Addr:            "127.0.0.1:3000",
			CORSOrigins:     []string{"*"},
			CacheMB:         16,
			ShutdownTimeout: 15 * time.Second,
		},
		DataDir: "./data",
		Log:     Log{Level: "info", Format: "text"},
		OpenAI: OpenAI{
			BaseURL:            "https://api.openai.com/v1",
			Model:              "gpt-realtime-2.1",
			TranscriptionModel: "gpt-4o-mini-transcribe",
			Timeout:            20 * time.Second,
			SessionsPerMinute:  60,
		},
		Voice: Voice{
			Sessions:     2000,
			Currency:     "USD",
			Retention:    30 * 24 * time.Hour,
			MaxLength:    3 * time.Hour,
			MaxIdle:      10 * time.Minute,
			Filler:       2 * time.Second,
			ToolDeadline: 12 * time.Second,
			ToolLimit:    time.Minute,
			Rotate:       50 * time.Minute,
			Linger:       time.Minute,
		},
		Store: Store{Currency: "JPY"},
		Shop:  defaultShop(),
		Network: Network{
			Gap:      time.Second,
			Timeout:  30 * time.Second,
			MaxBytes: 16 << 20,
		},
		Jobs: Jobs{
			Workers:     2,
			PageTimeout: 4 * time.Minute,
			RetryDelay:  2 * time.Second,

			MaxPages: 20_000, MaxIdlePages: 500, MaxBytes: 4 << 30, MaxTime: 24 * time.Hour,
		},
		Agents:  Agents{CatalogTokens: agent.DefaultCatalogTokens},
		Plugins: Plugins{Drain: 30 * time.Second, Idle: 5 * time.Minute, Signatures: "off"},
		Observe: Observe{TracePercent: 100},
		Demo:    Demo{Addr: "127.0.0.1:3939"},
	}
}
