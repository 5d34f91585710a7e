package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	jobMissing   = "Job not found"
	jobRunning   = "Job is already running"
	jobCompleted = "Job already completed"
	jobCreated   = "Job created. Use POST /api/scraper/jobs/:id/execute to start."

	maxOptions = 16 << 10 // bytes of the options that are echoed
	maxJobMax  = 1_000_000
)

func (s *Server) listJobs(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	limit, cursor, err := paging(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	jobs, next, err := b.Store.ListJobs(ctx, workspace, store.JobQuery{Limit: limit, Cursor: cursor})
	if err != nil {
		return err
	}
	list := make([]jobSummary, len(jobs))
	for i := range jobs {
		list[i] = summarize(&jobs[i])
	}
	body, err := encode(struct {
		Success bool         `json:"success"`
		Count   int          `json:"count"`
		Jobs    []jobSummary `json:"jobs"`
	}{true, len(list), list})
	if err != nil {
		return err
	}
	body = appendNext(body[:len(body)-1], next, limit)
	return writeJSON(c, fiber.StatusOK, append(body, '}'))
}

// encode is json.Marshal without the escapes that only HTML needs.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, errs.Wrap("encoding the answer", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func writeValue(c *fiber.Ctx, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	return writeJSON(c, status, body)
}

// jobAnswer is a job by itself in an answer.
type jobAnswer struct {
	Success bool      `json:"success"`
	Job     jobDetail `json:"job"`
	Message string    `json:"message,omitempty"`
}

func (s *Server) createJob(c *fiber.Ctx, b *Backend) error {
	workspace, n, err := readJob(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	j, err := b.Jobs.Create(ctx, workspace, n)
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusCreated, jobAnswer{true, detail(&j), jobCreated})
}

// readJob reads what a client wants imported.
func readJob(c *fiber.Ctx) (workspace string, n scrape.NewJob, err error) {
	if workspace, err = workspaceOf(c); err != nil {
		return "", n, err
	}
	f, err := bodyFields(c)
	if err != nil {
		return "", n, err
	}
	n.URL, _ = f.text("url", catalog.MaxURL)
	n.URL = strings.TrimSpace(n.URL)
	n.StoreType, _ = f.text("storeType", 64)
	n.Plugin, _ = f.text("plugin", 128)
	if f.err != nil {
		return "", n, f.err
	}
	if err := checkShopURL(n.URL); err != nil {
		return "", n, err
	}
	n.Options, n.Max, err = readOptions(f)
	return workspace, n, err
}

func checkShopURL(raw string) error {
	if raw == "" {
		return errs.New(errs.Invalid, "URL is required")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errs.New(errs.Invalid, "Invalid URL format").
			WithHint("give an absolute http or https URL such as https://shop.example/")
	}
	return nil
}

// readOptions checks the options that the contract knows and keeps all of
// them as a copy, because they are echoed.
func readOptions(f *fields) (json.RawMessage, int, error) {
	raw, p := f.object("options")
	if f.err != nil || p != given {
		return nil, 0, f.err
	}
	options, err := parseFields(raw, "options")
	if err != nil {
		return nil, 0, err
	}
	options.at = "options."
	most, _ := options.whole("maxProducts", maxJobMax)
	options.flag("extractVariants")
	options.flag("extractReviews")
	options.text("categoryFilter", 500)
	if len(raw) > maxOptions {
		f.refuse("options", "is longer than %d bytes", maxOptions)
		return nil, 0, f.err
	}
	return bytes.Clone(raw), int(most), options.err
}

func (s *Server) getJob(c *fiber.Ctx, b *Backend) error {
	_, j, err := s.findJob(c, b)
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, jobAnswer{Success: true, Job: detail(&j)})
}

func (s *Server) findJob(c *fiber.Ctx, b *Backend) (workspace string, j store.Job, err error) {
	workspace, id, err := productPath(c)
	if err != nil {
		return "", j, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	j, err = b.Store.Job(ctx, workspace, id)
	if err == nil {
		b.Jobs.Explain(&j)
	}
	return workspace, j, named(err, jobMissing)
}

func (s *Server) clearJobs(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.ClearJobs(ctx, workspace); err != nil {
		return err
	}
	return writeMessage(c, "All jobs cleared")
}

// executeJob runs a job and answers when it has ended. That it failed is an
// answer, not an error of the request.
func (s *Server) executeJob(c *fiber.Ctx, b *Backend) error {
	workspace, j, err := s.findJob(c, b)
	if err != nil {
		return err
	}
	done, err := b.Jobs.Execute(s.stopping, workspace, j.ID)
	switch {
	case errs.Is(err, errs.Conflict):
		return s.executeConflict(c, b, workspace, j.ID, err)
	case err != nil:
		return s.interrupted(err, j.ID)
	}
	result := resultOf(&done)
	return writeValue(c, fiber.StatusOK, struct {
		Success bool      `json:"success"`
		Result  jobResult `json:"result"`
		Error   string    `json:"error,omitempty"`
	}{result.Success, result, done.Error})
}

// executeConflict says why a job could not be executed; a completed one comes
// with its result.
func (s *Server) executeConflict(c *fiber.Ctx, b *Backend, workspace, id string, cause error) error {
	ctx, cancel := s.storeContext()
	defer cancel()
	j, err := b.Store.Job(ctx, workspace, id)
	switch {
	case err != nil:
		return named(err, jobMissing)
	case j.State == store.JobRunning:
		return errs.New(errs.Conflict, jobRunning)
	case j.State != store.JobCompleted:
		return cause
	}
	result := resultOf(&j)
	return writeValue(c, fiber.StatusConflict, struct {
		Error  string    `json:"error"`
		Code   errs.Kind `json:"code"`
		Result jobResult `json:"result"`
	}{jobCompleted, errs.Conflict, result})
}

// interrupted tells a waiting client that its job goes on without it.
func (s *Server) interrupted(err error, id string) error {
	if s.stopping.Err() == nil {
		return named(err, jobMissing)
	}
	return errs.New(errs.Unavailable, "the server is stopping before the job has ended").
		WithHint("it goes on after the restart: GET /api/scraper/jobs/%s", id)
}

// importShop creates a job and executes it.
func (s *Server) importShop(c *fiber.Ctx, b *Backend) error {
	workspace, n, err := readJob(c)
	if err != nil {
		return err
	}
	created, err := s.create(b, workspace, n)
	if err != nil {
		return err
	}
	done, err := b.Jobs.Execute(s.stopping, workspace, created.ID)
	if errs.Is(err, errs.Conflict) {
		// Nobody else knows of this job; it would rest for ever.
		ctx, cancel := s.storeContext()
		defer cancel()
		if _, cancelErr := b.Jobs.Cancel(ctx, workspace, created.ID); cancelErr != nil {
			s.log.Warn("job left pending", "job", created.ID, "err", cancelErr)
		}
		return err
	}
	if err != nil {
		return s.interrupted(err, created.ID)
	}
	result := resultOf(&done)
	return writeValue(c, fiber.StatusOK, struct {
		jobResult
		Errors []string `json:"errors,omitempty"` // absent when there are none
	}{result, result.Errors})
}

func (s *Server) create(b *Backend, workspace string, n scrape.NewJob) (store.Job, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	return b.Jobs.Create(ctx, workspace, n)
}

func (s *Server) startJob(c *fiber.Ctx, b *Backend) error {
	return s.moveJob(c, b, fiber.StatusAccepted, "Job started.", b.Jobs.Start)
}

func (s *Server) cancelJob(c *fiber.Ctx, b *Backend) error {
	return s.moveJob(c, b, fiber.StatusOK, "Job cancelled.", b.Jobs.Cancel)
}

func (s *Server) retryJob(c *fiber.Ctx, b *Backend) error {
	return s.moveJob(c, b, fiber.StatusAccepted, "Job goes on where it stopped.",
		func(ctx context.Context, workspace, id string) (store.Job, error) {
			j, err := b.Store.Job(ctx, workspace, id)
			if err != nil {
				return j, err
			}
			if j.State == store.JobPending {
				return j, errs.New(errs.Conflict, "Job has not run yet").WithHint("POST /api/scraper/jobs/%s/start", id)
			}
			return b.Jobs.Start(ctx, workspace, id)
		})
}

func (s *Server) moveJob(c *fiber.Ctx, b *Backend, status int, message string,
	move func(ctx context.Context, workspace, id string) (store.Job, error),
) error {
	workspace, found, err := s.findJob(c, b)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	j, err := move(ctx, workspace, found.ID)
	if err != nil {
		return named(err, jobMissing)
	}
	return writeValue(c, status, jobAnswer{true, detail(&j), message})
}

func (s *Server) jobRejections(c *fiber.Ctx, b *Backend) error {
	_, j, err := s.findJob(c, b)
	if err != nil {
		return err
	}
	limit, _, err := paging(c)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = maxLimit
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	rejections, err := b.Store.Rejections(ctx, j.ID, limit)
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success    bool              `json:"success"`
		Count      int               `json:"count"`
		Rejections []store.Rejection `json:"rejections"`
	}{true, len(rejections), append([]store.Rejection{}, rejections...)})
}
