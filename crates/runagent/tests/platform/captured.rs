//! What a local server answered, byte by byte.

/// What the server says of itself, with two of its entrypoints.
pub(crate) const INFO: &str = r#"{"message":"RunAgent API - interop-agent(11111111-2222-4333-8444-555555555555)","version":"1.0.0","host":"127.0.0.1","port":18450,"config":{"agent_name":"interop-agent","description":"Framework-free agent used for SDK interop tests","framework":"default","template":"default","version":"1.0.0","created_at":"2025-06-25T13:42:03","template_source":{"repo_url":"https://github.com/runagent-dev/runagent.git","author":"interop","path":"templates/default"},"agent_architecture":{"entrypoints":[{"file":"main.py","module":"echo","tag":"echo","extractor":{}},{"file":"main.py","module":"async_echo","tag":"async_echo","extractor":{}}]},"agent_id":"11111111-2222-4333-8444-555555555555","auth_settings":{"type":"none"},"persistent_folders":[]},"endpoints":{"GET /":"Agent info","GET /health":"Health check","POST /api/v1/agents/{agent_id}/execute/{entrypoint}":"Execute agent","GET /api/v1/agents/{agent_id}/invocations":"Get invocation history","GET /api/v1/agents/{agent_id}/invocations/stats":"Get invocation stats"}}"#;

/// Two runs.
pub(crate) const LIST: &str = r#"{"agent_id":"11111111-2222-4333-8444-555555555555","invocations":[{"invocation_id":"fe4eca48-02e8-4ffe-9e4b-0efd2a26774c","agent_id":"11111111-2222-4333-8444-555555555555","input_data":{"input_args":[],"input_kwargs":{}},"output_data":{"type":"async_generator","repr":"<async_generator object make_async_generator.<locals>.g at 0x7fdf90f8b030>","str":"<async_generator object make_async_generator.<locals>.g at 0x7fdf90f8b030>"},"error_detail":null,"request_timestamp":"2026-11-21T20:27:42","response_timestamp":"2026-11-21T20:27:42","execution_time_ms":0.7777214050292969,"status":"completed","entrypoint_tag":"make_async_generator","sdk_type":"local_server","client_info":{"server_host":"127.0.0.1","server_port":18450,"agent_name":"interop-agent","agent_framework":"default"}},{"invocation_id":"33f8a86b-6b74-48d3-9441-55613bf0aa40","agent_id":"11111111-2222-4333-8444-555555555555","input_data":{"input_args":[],"input_kwargs":{}},"output_data":{"answer":"the answer","missing":null},"error_detail":null,"request_timestamp":"2026-11-21T20:27:42","response_timestamp":"2026-11-21T20:27:42","execution_time_ms":10.447502136230469,"status":"completed","entrypoint_tag":"extracted","sdk_type":"local_server","client_info":{"server_host":"127.0.0.1","server_port":18450,"agent_name":"interop-agent","agent_framework":"default"}}],"total_count":2}"#;

/// A run that failed.
pub(crate) const FAILED: &str = r#"{"agent_id":"11111111-2222-4333-8444-555555555555","invocations":[{"invocation_id":"88b185f9-ef0d-4d35-ae72-fdaf785e6604","agent_id":"11111111-2222-4333-8444-555555555555","input_data":{"input_args":[],"input_kwargs":{}},"output_data":null,"error_detail":"Server error running agent 11111111-2222-4333-8444-555555555555: boom","request_timestamp":"2026-11-21T20:27:41","response_timestamp":"2026-11-21T20:27:41","execution_time_ms":13.119697570800781,"status":"failed","entrypoint_tag":"fail","sdk_type":"local_server","client_info":{"server_host":"127.0.0.1","server_port":18450,"agent_name":"interop-agent","agent_framework":"default"}}],"total_count":1}"#;

/// The refusal of a limit that is none.
pub(crate) const BAD_LIMIT: &str = r#"{"detail":[{"type":"int_parsing","loc":["query","limit"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"abc"}]}"#;

/// What the runs came to.
pub(crate) const STATS: &str = r#"{"agent_id":"11111111-2222-4333-8444-555555555555","stats":{"total_invocations":50,"completed_invocations":45,"failed_invocations":5,"pending_invocations":0,"success_rate":90.0,"avg_execution_time_ms":25.65,"agent_id":"11111111-2222-4333-8444-555555555555"}}"#;

/// The refusal of an unknown run.
pub(crate) const MISSING: &str = r#"{"success":false,"data":null,"message":null,"error":{"code":"NOT_FOUND","message":"Invocation nope not found","details":null,"field":null},"timestamp":"2026-11-21T20:27:43.916404","request_id":"021e27dd-be58-45e8-88b0-d2c2c97da8bd"}"#;

/// The list, when a run on it returned NaN.
pub(crate) const NAN: &str = r#"{"success":false,"data":null,"message":null,"error":{"code":"INTERNAL_ERROR","message":"Agent execution failed: Out of range float values are not JSON compliant","details":null,"field":null},"timestamp":"2026-11-21T21:04:14.886960","request_id":"1ff37a7b-2952-48c8-9249-2626bfef45e4"}"#;

/// Its health.
pub(crate) const HEALTH: &str = r#"{"status":"healthy","server":"RunAgent FastAPI Local Server","timestamp":"2026-11-21T20:27:35.224642","uptime_seconds":38.45864510536194,"version":"1.0.0","agent_id":"11111111-2222-4333-8444-555555555555","agent_name":"interop-agent","framework":"default"}"#;
