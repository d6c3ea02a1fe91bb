// Made by `make types` from the API's description; sha256 ed88703570b4d36e8fc51367f260a6374153e2da2210632a4f966ae73284cef6

export interface paths {
    readonly "/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Leads to the console */
        readonly get: operations["root"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/alerts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the alerts, newest first
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_alerts"];
        readonly put?: never;
        /**
         * Raise an alert
         * @description While one of the same key and device is not closed, it is that one: its severity and title are brought up to date, and the answer is 200.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["raise_alert"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/alerts/{alert_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read an alert
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_alert"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        /**
         * Acknowledge or close an alert
         * @description OPEN, then ACKNOWLEDGED, then CLOSED; the second may be left out, or be taken back.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly patch: operations["change_alert"];
        readonly trace?: never;
    };
    readonly "/api/v1/customer/audit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what was changed of one's own, and by whom, newest first
         * @description Also what operators have changed. With `target_type` and `target_id` it is what was done to one record, one that is gone included.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_audit"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the dead letters, newest first
         * @description By `offset`, a page that would weigh more than 1 MiB shows no further payloads: they are null, and come with the single one.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_dead_letters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter/{dead_letter_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a dead letter
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_dead_letter"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Give a dead letter up for good
         * @description It stays to be seen, as DISCARDED.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly delete: operations["discard_dead_letter"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter/{dead_letter_id}/replay": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Attempt the delivery now
         * @description It is made by the route as it is now, or by the one that `route_id` names, in its turn beside the route's other deliveries, and also while the endpoint is given up on.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["replay_dead_letter"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter/{dead_letter_id}/restore": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Take back that a dead letter was given up
         * @description One that is DISCARDED is FAILED again.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["restore_dead_letter"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter/purge": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Remove dead letters by age
         * @description Whatever their status. The age stands in the body or in the query, and so may `dry_run`: then nothing is removed, and `would_purge` says how many would be.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly delete: operations["purge_dead_letters"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter/replay-batch": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Attempt several deliveries now
         * @description At most 100, each by its own route, as many at once as that allows. What is not begun within 45 s, or follows a failure of an endpoint that fails again and again, is SKIPPED and stays as it is.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["replay_dead_letters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/dead-letter/summary": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Count the dead letters by route and error
         * @description Those of the newest 50,000; `is_exact` says whether that is all. What `error`, `cause` and `destination_type` ask for is looked for among these.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["summarize_dead_letters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/deliveries/{delivery_id}/trace": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See what became of the message of a delivery, by its `webhook-id`
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["trace_delivery"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/device-counts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Count the devices by site and status
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["count_devices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/device-groups": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the groups, by name
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_device_groups"];
        readonly put?: never;
        /**
         * Make a group without devices
         * @description Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["create_device_group"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/device-groups/{group_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a group and the ids of its devices
         * @description The devices themselves: `GET /api/v1/customer/devices?group_id=…`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_device_group"];
        /**
         * Rename a group
         * @description Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly put: operations["rename_device_group"];
        readonly post?: never;
        /**
         * Remove a group
         * @description Its devices stay.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly delete: operations["delete_device_group"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/device-groups/{group_id}/devices/{device_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Put a device into a group
         * @description It may be in it already.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly put: operations["add_device_to_group"];
        readonly post?: never;
        /**
         * Take a device out of a group
         * @description Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly delete: operations["remove_device_from_group"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the devices
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_devices"];
        readonly put?: never;
        /**
         * Register a device
         * @description Its provision token is in this answer and never shown again.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["create_device"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/{device_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a device
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_device"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Remove a device
         * @description It leaves its groups, and its open alerts are closed. What it has sent stays until retention takes it.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly delete: operations["delete_device"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Move, revoke or reinstate a device
         * @description It holds for the next message that the router reads.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly patch: operations["change_device"];
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/{device_id}/gaps": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what is missing of a device's messages, newest first
         * @description Found by the numbers that the device counts with, in `ingest.sequence_field`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_gaps"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/{device_id}/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See which metrics a device has, or what one of them has been
         * @description Times are the device's own. Without `from`, it is the last day before `to`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/{device_id}/rotate-token": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Give a device a new token
         * @description The new token is in this answer and never shown again. With `overlap_hours` the one before holds beside it for so long; without, only the new one holds.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["rotate_device_token"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/{device_id}/telemetry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Look back on what a device has sent, newest first
         * @description `total` is counted up to 10000; when `total_is_exact` is false there are more. Pages go by `offset`, or to any depth at the same cost by `before`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_telemetry"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/{device_id}/timeline": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Look back on what came of a device: messages, their deliveries, refusals
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["device_timeline"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/devices/bulk": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Register many devices, one a line
         * @description At most 100000 lines of 8192 bytes and 16 MiB in all. A bad line does not stop the rest. The answer has a line for each that is not blank, in order, and a last one that sums them up: `lines`, `created`, `existing`, `refused`, `is_complete`, `problem`. What is committed stays when the connection breaks; send the same again, and give the devices their tokens yourself where none may be lost with the answer.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["register_devices"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/find": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Find out what an id or a name is, and where
         * @description A message's id, a `webhook-id`, which is a delivery's, the id of a dead letter, a refused message or a route, a device or its topic, a route's name or a part of it, the `X-Request-Id` of a request that has changed something.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["find"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/jobs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the jobs, newest first
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_jobs"];
        readonly put?: never;
        /**
         * Replay, discard, restore or purge many dead letters
         * @description About the dead letters that the filter finds up to `up_to_id`, or up to the newest of now; what comes later is not touched. Only FAILED ones are replayed and discarded, only DISCARDED ones restored. `route_id` replays by another route. With `staged`, one is replayed, then ten one by one, then the rest; the job stops when one of the first eleven fails, or the endpoint fails again and again. With `dry_run` nothing is done but to count. One job of a tenant runs at a time, the others wait for it.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["create_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/jobs/{job_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a job
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_job"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/jobs/{job_id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * End a job for good
         * @description What is done stays done.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["cancel_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/jobs/{job_id}/failures": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what a job has not done, and why
         * @description Those that have FAILED again, and those that were passed over (SKIPPED).
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_job_failures"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/jobs/{job_id}/pause": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Pause a job
         * @description Attempts that are under way end, and count.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["pause_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/jobs/{job_id}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Go on with a job that is paused or has stopped
         * @description One that has stopped by itself tries again what has failed.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["resume_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the routes
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_routes"];
        readonly put?: never;
        /**
         * Create a route
         * @description It is in effect when the answer arrives. A body of your own shape has the `format` `template`, with a `template` that is a JSON value, or `text`, with one that is a string and a `content_type`; `template_secrets` are shown as masks, as `secret` is. A template's faults are told with path and column.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["create_route"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a route
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_route"];
        /**
         * Replace a route
         * @description A secret that is written as it is shown, masked, stays what it was.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly put: operations["replace_route"];
        readonly post?: never;
        /**
         * Remove a route
         * @description What it has pending becomes dead letters.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly delete: operations["delete_route"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a part of a route
         * @description The part of a route that changes.
         *
         *     `destination_config` is merged into what is there (RFC 7396: null removes a field), so that
         *     mending a URL does not lose the secret; it replaces it when the destination type changes. A
         *     `template` is replaced as a whole.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly patch: operations["change_route"];
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/deliveries": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what a route has pending, the longest due first
         * @description Counted up to 10,000; `total_is_exact` says whether that is all.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_pending_deliveries"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/deliveries/{delivery_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read one of what a route has pending
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_pending_delivery"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/deliveries/{delivery_id}/attempt": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Attempt a pending delivery now
         * @description It is due at once, and attempted in its turn within the route's limits. Where the endpoint fails again and again, one attempt is made, of what has been due for longest.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["attempt_delivery"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/receipts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what a route has delivered, newest first
         * @description Receipts are kept for `retention.receipt_days`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_receipts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/receipts/counts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Count what a route has delivered, by minute and by answer
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["count_receipts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Attempt again what waits, for the endpoint is mended
         * @description All that waits after a failure is due at once, and that the endpoint has failed is forgotten: it is no longer given probes alone. How long it has asked to be left alone, it still is.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["resume_route"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/rotate-secret": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Give a webhook a new secret
         * @description The old secrets go on signing beside it until their overlap has ended; `X-Signature-256` is by the new one at once. A route without a secret gets its first.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["rotate_route_secret"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/stats": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See how a route does
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["route_stats"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try a message on a route
         * @description The topic is one of the tenant's own. `request` is what would be sent. A delivery is made once, within the route's limits; its `webhook-id` begins with `test_`, and it is counted nowhere.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["test_route"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/{route_id}/verify-signature": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * See why a webhook's signature verifies, or does not
         * @description Takes the headers and the body as the receiver got them. It is held against `webhook-signature` where there is one, otherwise against `X-Signature-256`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly post: operations["verify_signature"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/explain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ask of all routes, or of one, whether they take a message, and why
         * @description The message is given, by a topic of the tenant's own and a payload, or named: `event_id` is that of a stored one, `rejected_id` of a refused one, `dead_letter_id` of what could not be delivered. Clauses are told of the routes whose topic filter fits. An answer ends when it weighs a mebibyte; `next` is then `after` of the next call.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly post: operations["explain_routes"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/preview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * See what a draft, or a change of a route, would have done with stored messages
         * @description At most 100000 messages, and 30 seconds. The answer is a line of progress each second, and then the result. Nothing is stored or sent. It waits while ingest has much to do, and ends when the client leaves.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly post: operations["preview_route"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/message-routes/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try a message on a route that is not stored
         * @description Nothing is stored or sent. With `route_id` the draft is a change of that route, and masks stand for its secrets.
         *
         *     Roles: `customer`, `customer_admin`, `tenant-admin`.
         */
        readonly post: operations["test_route_draft"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/messages": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what is stored of all devices, newest first
         * @description In the order in which it came in. `total` counts among the newest 10,000 that `from` and `to` leave.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_messages"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/messages/{event_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a stored message
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_message"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/messages/{event_id}/trace": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See what became of a message, and why
         * @description Of each route: whether it took the message then, as far as that is recorded or follows from what was changed since, and whether it would now. The routes come by page, which ends when it weighs a mebibyte.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["trace_message"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See everything at a glance, and what needs attention
         * @description `attention` is in order: a part missing, books off, messages lost upstream, a route without its key or gone (410), a breaker open, dead letters of the last hour, devices silent for a day, devices refused within the last hour, open alerts. Each has its one `action`.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["overview"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/rejected-messages": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what was refused, and why, newest first
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["list_rejected_messages"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/rejected-messages/{message_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a refused message with all that is kept of its payload
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["read_rejected_message"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/rejected-messages/{message_id}/trace": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See why a message was refused, and which routes would take it
         * @description Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["trace_rejected_message"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/telemetry/stream": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Live telemetry over a WebSocket
         * @description Every message is a JSON object: the router's say by `type` what they are, a client's by `action`
         *     what they ask for. What was missed since `after` comes first.
         *
         *     The token may also come as the subprotocols `bearer, <token>`. Every refusal is a close code, sent
         *     after accepting.
         *
         *     A WebSocket: the request is its opening handshake.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["stream_telemetry"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/customer/telemetry/stream/sse": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Live telemetry as server-sent events
         * @description The data of each event is the same JSON that the WebSocket sends; its id is the event's.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["stream_telemetry_sse"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/audit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what was changed through the API, and by whom, newest first
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_audit"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the dead letters of all tenants, newest first
         * @description By `offset`, a page that would weigh more than 1 MiB shows no further payloads: they are null, and come with the single one.
         *
         *     Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_dead_letters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter/{dead_letter_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read any tenant's dead letter
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_read_dead_letter"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Give any tenant's dead letter up for good
         * @description It stays to be seen, as DISCARDED.
         *
         *     Roles: `operator-admin`.
         */
        readonly delete: operations["operator_discard_dead_letter"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter/{dead_letter_id}/replay": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Attempt the delivery of any tenant's dead letter now
         * @description It is made by the route as it is now, or by the one that `route_id` names, in its turn beside the route's other deliveries, and also while the endpoint is given up on.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_replay_dead_letter"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter/{dead_letter_id}/restore": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Take back that any tenant's dead letter was given up
         * @description One that is DISCARDED is FAILED again.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_restore_dead_letter"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter/purge": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Remove dead letters by age, of one tenant or all
         * @description Whatever their status. The age stands in the body or in the query, and so may `dry_run`: then nothing is removed, and `would_purge` says how many would be.
         *
         *     Roles: `operator-admin`.
         */
        readonly delete: operations["operator_purge_dead_letters"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter/replay-batch": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Attempt several deliveries of any tenants now
         * @description At most 100, each by its own route, as many at once as that allows. What is not begun within 45 s, or follows a failure of an endpoint that fails again and again, is SKIPPED and stays as it is.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_replay_dead_letters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/dead-letter/summary": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Count dead letters by route and error, of one tenant or all
         * @description Those of the newest 50,000; `is_exact` says whether that is all. What `error`, `cause` and `destination_type` ask for is looked for among these.
         *
         *     Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_summarize_dead_letters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/deliveries": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what is pending
         * @description The longest due first, or the oldest where neither tenant nor route is given. Counted up to 10,000; `total_is_exact` says whether that is all.
         *
         *     Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_deliveries"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/devices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the devices of all tenants
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_devices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/jobs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the jobs, newest first, of any tenant
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_jobs"];
        readonly put?: never;
        /**
         * Replay, discard, restore or purge many dead letters, of any tenant
         * @description About the dead letters that the filter finds up to `up_to_id`, or up to the newest of now; what comes later is not touched. Only FAILED ones are replayed and discarded, only DISCARDED ones restored. `route_id` replays by another route. With `staged`, one is replayed, then ten one by one, then the rest; the job stops when one of the first eleven fails, or the endpoint fails again and again. With `dry_run` nothing is done but to count. One job of a tenant runs at a time, the others wait for it.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_create_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/jobs/{job_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read a job, of any tenant
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_read_job"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/jobs/{job_id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * End a job for good, of any tenant
         * @description What is done stays done.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_cancel_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/jobs/{job_id}/failures": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what a job has not done, and why, of any tenant
         * @description Those that have FAILED again, and those that were passed over (SKIPPED).
         *
         *     Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_job_failures"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/jobs/{job_id}/pause": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Pause a job, of any tenant
         * @description Attempts that are under way end, and count.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_pause_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/jobs/{job_id}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Go on with a job that is paused or has stopped, of any tenant
         * @description One that has stopped by itself tries again what has failed.
         *
         *     Roles: `operator-admin`.
         */
        readonly post: operations["operator_resume_job"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/message-routes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the routes of all tenants, oldest first
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_routes"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See everything at a glance
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_overview"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/rejected-messages": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List what was refused, and why, newest first
         * @description Also of tenants that have no device, and of topics that name no tenant.
         *
         *     Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_rejected_messages"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/system": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See what this router runs on
         * @description The settings that hold, without secrets, and where each was given; what is and is not as it should be; and what the database says of its migrations, its tables, and the routers that work on it. It answers also while the database is away.
         *
         *     Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_system"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/operator/tenants": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the tenants and how much each has
         * @description Roles: `operator`, `operator-admin`.
         */
        readonly get: operations["operator_list_tenants"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/telemetry/stream/status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How many live streams are open */
        readonly get: operations["stream_status"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/whoami": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * See whose token it is, and what may be done with it
         * @description Any valid token will do.
         */
        readonly get: operations["whoami"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v2/ws": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Chosen devices, alerts and how all goes over a WebSocket
         * @description Send `{"action":"subscribe","type":"device","device_id":…}` or `{"action":"subscribe","type":"alerts"}`, `"figures"` or `"changes"`, and `unsubscribe` in the same form. As long as no device is subscribed to, it is none of the tenant's live streams. Each is answered with `subscribed` or `unsubscribed` and its `channel`. The token may also come as the subprotocols `bearer, <token>`. Every refusal is a close code, sent after accepting.
         *
         *     A WebSocket: the request is its opening handshake.
         *
         *     Roles: `customer`, `customer_admin`, `customer_viewer`, `operator`, `operator-admin`, `tenant-admin`.
         */
        readonly get: operations["stream_devices_and_alerts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/console": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The web console */
        readonly get: operations["console"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/console/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The web console's first page */
        readonly get: operations["console_overview"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/console/{page}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Any page of the web console
         * @description Which page it is, the script in it finds out by its address.
         */
        readonly get: operations["console_page"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/console/assets/{file}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What the web console is made of */
        readonly get: operations["console_file"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/console/config": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What the console must know before anybody signs in */
        readonly get: operations["console_config"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A page to read and try the API */
        readonly get: operations["docs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs/{file}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What the page is made of */
        readonly get: operations["docs_file"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How the router does
         * @description Degraded is still 200: the process is alive. The figures are about a second old.
         */
        readonly get: operations["health"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Figures for Prometheus */
        readonly get: operations["metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This description */
        readonly get: operations["openapi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether work flows */
        readonly get: operations["ready"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Action
         * @description What there is to do: a sentence, and the request that does it or shows what it is about.
         */
        readonly Action: {
            readonly method: string;
            readonly path: string;
            readonly say: string;
        };
        /**
         * AlertAnswer
         * @description An alert. `updated_at` is when it was last raised or changed.
         */
        readonly AlertAnswer: {
            readonly closed_at: string | null;
            readonly device_id: string;
            readonly id: number;
            readonly key: string;
            /** Format: date-time */
            readonly opened_at: string;
            readonly severity: components["schemas"]["AlertSeverity"];
            readonly status: components["schemas"]["AlertStatus"];
            readonly tenant_id: string;
            readonly title: string;
            /** Format: date-time */
            readonly updated_at: string;
        };
        /**
         * AlertBody
         * @description An alert to raise. `key` says what it is about: a device has one open alert of each key.
         */
        readonly AlertBody: {
            readonly device_id: string;
            readonly key: string;
            /** @default WARNING */
            readonly severity: components["schemas"]["AlertSeverity"];
            readonly title: string;
        };
        /**
         * AlertPage
         * @description A page of alerts.
         */
        readonly AlertPage: {
            readonly alerts: readonly components["schemas"]["AlertAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * AlertPatch
         * @description The part of an alert that changes.
         */
        readonly AlertPatch: {
            readonly severity?: components["schemas"]["AlertSeverity"];
            readonly status?: components["schemas"]["AlertStatus"];
            readonly title?: string;
        };
        /**
         * AlertSeverity
         * @description How bad it is.
         * @enum {unknown}
         */
        readonly AlertSeverity: "CRITICAL" | "INFO" | "WARNING";
        /**
         * AlertStatus
         * @description How far an alert has come. An acknowledged one is still open: somebody looks after it.
         * @enum {unknown}
         */
        readonly AlertStatus: "ACKNOWLEDGED" | "CLOSED" | "OPEN";
        /**
         * AnswerCount
         * @description How many deliveries were answered so; `status` is null where there is no number.
         */
        readonly AnswerCount: {
            readonly count: number;
            readonly status: number | null;
        };
        /**
         * AttemptAnswer
         * @description An attempt; `status` is that of the destination's answer, when there was one.
         *
         *     `error` is empty when it succeeded, which only a replay's is remembered for. `pushbacks` is
         *     above 0 where the receiver pushed back, which spends no attempt: only the newest of them is
         *     shown, with how many there were.
         */
        readonly AttemptAnswer: {
            /** Format: date-time */
            readonly at: string;
            readonly duration_seconds: number;
            readonly error: string;
            readonly pushbacks: number;
            readonly response: string;
            readonly status: number | null;
        };
        /**
         * AttentionAnswer
         * @description Something that needs attention.
         *
         *     `since` and `count` are null where they are not known; where `count_is_exact` is false, there
         *     are more. `tenant_id` is null where it concerns everybody, `route_id` where it is no route's.
         */
        readonly AttentionAnswer: {
            readonly action: components["schemas"]["Action"];
            readonly count: number | null;
            readonly count_is_exact: boolean;
            readonly need: components["schemas"]["Need"];
            readonly route_id: number | null;
            readonly route_name: string | null;
            readonly said: string | null;
            readonly since: string | null;
            readonly tenant_id: string | null;
        };
        /**
         * AuditAnswer
         * @description A change that somebody has made through the API.
         *
         *     `changed` names every field that differs, also those that `before` and `after` leave out because
         *     they are secret. Where many things changed at once, `target_id` is null, and `before` or `after`
         *     has their `count`. What is too heavy for a page by `offset` is null in both, and `omitted_bytes`
         *     says what it weighs: a page by `after` shows it.
         */
        readonly AuditAnswer: {
            readonly action: string;
            /** @enum {unknown} */
            readonly actor: "customer" | "operator";
            readonly after: Record<string, never> | null;
            /** Format: date-time */
            readonly at: string;
            readonly before: Record<string, never> | null;
            readonly changed: readonly string[];
            readonly id: number;
            readonly omitted_bytes?: number;
            readonly request_id: string;
            readonly subject: string;
            readonly target_id: string | null;
            readonly target_type: string;
            readonly tenant_id: string;
        };
        /**
         * AuditPage
         * @description A page of changes.
         */
        readonly AuditPage: {
            readonly entries: readonly components["schemas"]["AuditAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * BatchAnswer
         * @description How the replays ended, in the order in which they were named.
         */
        readonly BatchAnswer: {
            readonly results: readonly components["schemas"]["BatchEntry"][];
        };
        /**
         * BatchBody
         * @description The dead letters to replay.
         */
        readonly BatchBody: {
            readonly ids: readonly number[];
        };
        /**
         * BatchEntry
         * @description How one replay of several ended; `error` says why it did not succeed.
         */
        readonly BatchEntry: {
            readonly error?: string;
            readonly id: number;
            /** @enum {unknown} */
            readonly status: "FAILED" | "REPLAYED" | "SKIPPED";
        };
        /**
         * BucketAnswer
         * @description What the numbers of a metric were from `at` on, for as long as a bucket lasts.
         */
        readonly BucketAnswer: {
            /** Format: date-time */
            readonly at: string;
            readonly max: number;
            readonly mean: number;
            readonly min: number;
            readonly numbers: number;
        };
        /**
         * Cause
         * @description What the last attempt of a dead letter came to, by the class of its answer.
         * @enum {unknown}
         */
        readonly Cause: "client_error" | "no_answer" | "redirect" | "server_error";
        /**
         * ChangeAnswer
         * @description A change of a route since the message came in; `by` is null for an operator.
         *
         *     `id` is its number in the audit log, `changed` names what was changed.
         */
        readonly ChangeAnswer: {
            readonly actor: string;
            /** Format: date-time */
            readonly at: string;
            readonly by: string | null;
            readonly changed: readonly string[];
            readonly id: number;
            readonly kind: components["schemas"]["ChangeKind"];
            readonly request_id: string;
        };
        /**
         * ChangedThings
         * @description Which things of a kind were changed, made or removed; null where any of them may be.
         */
        readonly ChangedThings: {
            readonly ids: readonly (number | string)[] | null;
            /** @enum {unknown} */
            readonly kind: "alerts" | "devices" | "groups" | "routes";
        };
        /**
         * ChangeKind
         * @description What was done to a route.
         * @enum {unknown}
         */
        readonly ChangeKind: "changed" | "created" | "deleted";
        /**
         * ChannelAlerts
         * @description The open alerts, at most 100, newest first: at once, and again when one changes.
         */
        readonly ChannelAlerts: {
            readonly alerts: readonly components["schemas"]["AlertAnswer"][];
            /** @enum {unknown} */
            readonly type: "alerts";
        };
        /**
         * ChannelChanges
         * @description Hints of what was changed, at most once a second: what they name is to be read again.
         */
        readonly ChannelChanges: {
            readonly changes: readonly components["schemas"]["ChangedThings"][];
            /** @enum {unknown} */
            readonly type: "changes";
        };
        /**
         * ChannelFigures
         * @description What was added to the tenant's books in the last `seconds`, of all routers together.
         *
         *     `totals` are the books as they are; `books` what was added to each entry, which is less than 0
         *     where what is in stock has become less. `routes` has those that have moved: of more than 500
         *     those that moved most, and `routes_left_out` says how many are missing. Who reads slowly gets
         *     one message for several seconds.
         */
        readonly ChannelFigures: {
            /** Format: date-time */
            readonly at: string;
            readonly books: {
                readonly [key: string]: number;
            };
            readonly routes: readonly components["schemas"]["MovedRoute"][];
            readonly routes_left_out: number;
            readonly seconds: number;
            readonly totals: {
                readonly [key: string]: number;
            };
            /** @enum {unknown} */
            readonly type: "figures";
        };
        /**
         * ChannelReading
         * @description What a device has measured, and when.
         */
        readonly ChannelReading: {
            readonly metrics: {
                readonly [key: string]: number | boolean | string | null;
            };
            /** Format: date-time */
            readonly timestamp: string;
        };
        /**
         * ChannelRequest
         * @description Ask for a channel, or leave it.
         *
         *     A device, which must be named, the tenant's alerts, how its books move, or what is changed.
         */
        readonly ChannelRequest: {
            /** @enum {string} */
            readonly action: "subscribe" | "unsubscribe";
            /** @default null */
            readonly device_id: string | null;
            /** @enum {string} */
            readonly type: "device" | "alerts" | "figures" | "changes";
        };
        /**
         * ChannelSubscribed
         * @description A channel is open: that of a device, which is named, or another.
         */
        readonly ChannelSubscribed: {
            /** @enum {unknown} */
            readonly channel: "alerts" | "changes" | "device" | "figures";
            readonly device_id?: string;
            /** @enum {unknown} */
            readonly type: "subscribed";
        };
        /**
         * ChannelTelemetry
         * @description The latest reading of a device, at once, and then what it sends.
         */
        readonly ChannelTelemetry: {
            readonly data: components["schemas"]["ChannelReading"];
            readonly device_id: string;
            /** @enum {unknown} */
            readonly type: "telemetry";
        };
        /**
         * ChannelUnsubscribed
         * @description A channel is closed.
         */
        readonly ChannelUnsubscribed: {
            /** @enum {unknown} */
            readonly channel: "alerts" | "changes" | "device" | "figures";
            readonly device_id?: string;
            /** @enum {unknown} */
            readonly type: "unsubscribed";
        };
        /**
         * CheckAnswer
         * @description Whether something is as it should be; `problem` says in a sentence why not.
         *
         *     `since` is since when; null where nobody has seen it begin.
         */
        readonly CheckAnswer: {
            readonly is_ok: boolean;
            readonly name: string;
            readonly problem: string | null;
            readonly since: string | null;
        };
        /**
         * ClauseAnswer
         * @description The verdict of a part of a payload filter.
         *
         *     A single clause has `path`, `operator`, `operand` (unless it is long) and `found`; what joins
         *     several (`$and`, `$or`, `$nor`, `$not`) has `operator` and `clauses`.
         */
        readonly ClauseAnswer: {
            readonly clauses?: readonly components["schemas"]["ClauseAnswer"][];
            readonly found?: components["schemas"]["FoundAnswer"];
            readonly operand?: unknown;
            readonly operator: string;
            readonly options?: string;
            readonly path?: string;
            /** @enum {unknown} */
            readonly verdict: "false" | "true" | "unknown";
        };
        /**
         * ClauseTally
         * @description In how many messages a part of the filter held, and in how many it did not.
         *
         *     A single clause has `path`, `operator` and `operand` (unless it is long); what joins several
         *     (`$and`, `$or`, `$nor`, `$not`) has `operator` and `clauses`. In `fails_alone` of the messages
         *     nothing else was in the way: these are near misses. `closest` are the numbers among them that a
         *     comparison came closest to taking.
         */
        readonly ClauseTally: {
            readonly clauses?: readonly components["schemas"]["ClauseTally"][];
            readonly closest?: readonly components["schemas"]["CloseValue"][];
            readonly fails: number;
            readonly fails_alone: number;
            readonly holds: number;
            readonly operand?: unknown;
            readonly operator: string;
            readonly options?: string;
            readonly path?: string;
        };
        /**
         * ClearFiltersAction
         * @description Show everything.
         */
        readonly ClearFiltersAction: {
            /** @enum {unknown} */
            readonly action: "clear_filters";
        };
        /**
         * CloseValue
         * @description A value that came close to passing, and by how much it did not.
         */
        readonly CloseValue: {
            readonly device_id: string;
            readonly event_id: string;
            readonly short_by: number;
            readonly value: unknown;
        };
        /**
         * ConsoleConfigAnswer
         * @description What the console must know before anybody signs in.
         *
         *     `label` and `colour` tell one installation from another. A token can be pasted in any case;
         *     `issuer` is null where no issuer is set up for signing in, `demo` where this is none.
         */
        readonly ConsoleConfigAnswer: {
            readonly colour: string | null;
            readonly demo: components["schemas"]["DemoAnswer"] | null;
            readonly issuer: components["schemas"]["IssuerAnswer"] | null;
            readonly label: string | null;
            readonly version: string;
        };
        /**
         * CustomerOverview
         * @description A tenant at a glance.
         *
         *     `books` are those of all routers together: received = stored + rejected + duplicate, and
         *     matched = written + delivered + pending + dead_lettered + replayed + discarded. `mismatch` says
         *     by how much an equation is off, or that dead letters have vanished (`buried`); it is null where
         *     more than 10,000 are pending or dead, which are not counted to the end. What is received is the
         *     sum of its ends: what is missing there is in no tenant's books, and told by `/health`.
         */
        readonly CustomerOverview: {
            /** Format: date-time */
            readonly at: string;
            readonly attention: readonly components["schemas"]["AttentionAnswer"][];
            readonly books: {
                readonly [key: string]: number;
            };
            readonly dead_lettered_is_exact: boolean;
            readonly mismatch: {
                readonly [key: string]: number | null;
            };
            readonly pending_is_exact: boolean;
            readonly states: components["schemas"]["StatesAnswer"];
            readonly tenant_id: string;
        };
        /**
         * DatabaseAnswer
         * @description What the database has to say; `bytes` is what all tables take.
         *
         *     `lanes` is into how many deliveries are dealt out, `free_lanes` how many of them nobody holds.
         */
        readonly DatabaseAnswer: {
            readonly bytes: number;
            readonly free_lanes: number;
            readonly lanes: number;
            readonly migrations: readonly components["schemas"]["MigrationAnswer"][];
            readonly pending_migrations: readonly string[];
            readonly routers: readonly components["schemas"]["SharingRouterAnswer"][];
            readonly server_version: string;
            readonly tables: readonly components["schemas"]["TableAnswer"][];
        };
        /**
         * DeadLetterAnswer
         * @description A delivery that was given up. `destination_config` is what was tried, without secrets.
         *
         *     A list leaves payloads out that are too heavy for it: they are null, `payload_bytes` is their
         *     length, and the single one has them.
         */
        readonly DeadLetterAnswer: {
            readonly attempts: number;
            /** Format: date-time */
            readonly created_at: string;
            readonly delivery_id: string;
            readonly destination_config: Record<string, never>;
            readonly destination_type: string;
            readonly device_id: string;
            readonly error_message: string;
            readonly event_id: string;
            readonly history: readonly components["schemas"]["AttemptAnswer"][];
            readonly id: number;
            readonly original_topic: string;
            readonly payload: unknown | null;
            readonly payload_bytes: number;
            readonly replayed_at: string | null;
            readonly route_id: number;
            readonly status: components["schemas"]["DeadLetterStatus"];
            readonly tenant_id: string;
        };
        /**
         * DeadLetterChange
         * @description What has become of a dead letter.
         */
        readonly DeadLetterChange: {
            readonly id: number;
            readonly status: components["schemas"]["DeadLetterStatus"];
        };
        /**
         * DeadLetterPage
         * @description A page of dead letters.
         */
        readonly DeadLetterPage: {
            readonly limit: number;
            readonly messages: readonly components["schemas"]["DeadLetterAnswer"][];
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * DeadLetterStatus
         * @description Where a dead letter stands.
         * @enum {unknown}
         */
        readonly DeadLetterStatus: "DISCARDED" | "FAILED" | "REPLAYED";
        /**
         * DeliveryAnswer
         * @description How far a delivery has come, and what was tried.
         *
         *     `id` is its `webhook-id`. `history` holds the attempts that failed, as far as they are
         *     remembered; `status` and `milliseconds` are those of the one that succeeded.
         */
        readonly DeliveryAnswer: {
            readonly attempts: number;
            /** Format: date-time */
            readonly created_at: string;
            readonly dead_letter_id: number | null;
            readonly ended_at: string | null;
            readonly error: string | null;
            readonly history: readonly components["schemas"]["AttemptAnswer"][];
            readonly id: string;
            readonly milliseconds: number | null;
            readonly next_attempt_at: string | null;
            readonly pushbacks: number;
            readonly state: components["schemas"]["DeliveryState"];
            readonly status: number | null;
            readonly text: string;
        };
        /**
         * DeliveryLine
         * @description How far a delivery of a message has come; `id` is its `webhook-id`.
         */
        readonly DeliveryLine: {
            readonly ended_at: string | null;
            readonly id: string;
            readonly route_id: number;
            readonly state: components["schemas"]["DeliveryState"];
            readonly text: string;
        };
        /**
         * DeliveryState
         * @description How far a delivery has come.
         * @enum {unknown}
         */
        readonly DeliveryState: "delivered" | "discarded" | "failed" | "pending" | "replayed";
        /**
         * DemoAnswer
         * @description That this is a demo; `sink_url` is where its webhook sink takes requests.
         */
        readonly DemoAnswer: {
            readonly sink_url: string | null;
        };
        /**
         * DestinationType
         * @description Where a route may deliver.
         * @enum {unknown}
         */
        readonly DestinationType: "mqtt_republish" | "postgresql" | "webhook";
        /**
         * DeviceAnswer
         * @description A registered device. `last_seen_at` is null until it has sent something.
         *
         *     `previous_token_until` says until when a token that was rotated away still holds; null when
         *     only the newest does.
         */
        readonly DeviceAnswer: {
            /** Format: date-time */
            readonly created_at: string;
            readonly device_id: string;
            readonly last_seen_at: string | null;
            readonly previous_token_until: string | null;
            readonly site_id: string | null;
            readonly status: components["schemas"]["DeviceStatus"];
            readonly tenant_id: string;
        };
        /**
         * DeviceBody
         * @description A device to register; without a token of its own it gets one.
         */
        readonly DeviceBody: {
            readonly device_id: string;
            /** @default null */
            readonly provision_token: string | null;
            /** @default null */
            readonly site_id: string | null;
        };
        /**
         * DeviceCountsAnswer
         * @description How many devices there are, in all and at the 500 sites with most of them.
         *
         *     `silent` are those active ones that were not heard of for `silent_for`; null where nobody asked.
         *     Where `sites_are_all` is false there are more sites.
         */
        readonly DeviceCountsAnswer: {
            readonly active: number;
            readonly revoked: number;
            readonly silent: number | null;
            readonly sites: readonly components["schemas"]["SiteCountsAnswer"][];
            readonly sites_are_all: boolean;
            readonly total: number;
        };
        /**
         * DeviceLine
         * @description What has become of a line: CREATED, EXISTS (and stays as it was) or REFUSED.
         *
         *     `provision_token` is there when the device got one, and shown this once.
         */
        readonly DeviceLine: {
            readonly device_id?: string;
            readonly errors?: readonly components["schemas"]["FaultAnswer"][];
            readonly line: number;
            readonly provision_token?: string;
            /** @enum {unknown} */
            readonly result: "CREATED" | "EXISTS" | "REFUSED";
        };
        /**
         * DeviceNow
         * @description What the registry has of the device now; all but `device_id` is null where it has nothing.
         */
        readonly DeviceNow: {
            readonly created_at: string | null;
            readonly device_id: string | null;
            readonly is_registered: boolean;
            readonly last_seen_at: string | null;
            readonly site_id: string | null;
            readonly status: components["schemas"]["DeviceStatus"] | null;
        };
        /**
         * DevicePage
         * @description A page of devices.
         */
        readonly DevicePage: {
            readonly devices: readonly components["schemas"]["DeviceAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * DevicePatch
         * @description The part of a device that changes. A REVOKED one is refused whatever it sends.
         */
        readonly DevicePatch: {
            readonly site_id?: string | null;
            readonly status?: components["schemas"]["DeviceStatus"];
        };
        /**
         * DeviceShare
         * @description What of the messages of a device passed; `added` and `lost` are told of a change.
         */
        readonly DeviceShare: {
            readonly added?: number;
            readonly device_id: string;
            readonly looked_at: number;
            readonly lost?: number;
            readonly passed: number;
        };
        /**
         * DeviceSort
         * @description In which order devices are listed.
         *
         *     DEVICE_ID: By id. SILENT: Those first that were not heard of for longest. NEWEST: Those first
         *     that were registered last.
         * @enum {unknown}
         */
        readonly DeviceSort: "device_id" | "newest" | "silent";
        /**
         * DeviceStatus
         * @description Whether a registered device may speak.
         * @enum {unknown}
         */
        readonly DeviceStatus: "ACTIVE" | "REVOKED";
        /**
         * DeviceWithToken
         * @description A device and its provision token, which is shown this once.
         */
        readonly DeviceWithToken: {
            /** Format: date-time */
            readonly created_at: string;
            readonly device_id: string;
            readonly last_seen_at: string | null;
            readonly previous_token_until: string | null;
            readonly provision_token: string;
            readonly site_id: string | null;
            readonly status: components["schemas"]["DeviceStatus"];
            readonly tenant_id: string;
        };
        /**
         * DraftTestBody
         * @description A message that a device might send, and a route that is not stored.
         *
         *     With `route_id`, the draft is a change of that route: secrets that are written as masks are its.
         */
        readonly DraftTestBody: {
            readonly payload: Record<string, never>;
            readonly route: components["schemas"]["RouteBody"];
            /** @default null */
            readonly route_id: number | null;
            readonly topic: string;
        };
        /**
         * DueAnswer
         * @description A delivery that is attempted as soon as its route's limits allow.
         */
        readonly DueAnswer: {
            readonly id: string;
            /** Format: date-time */
            readonly next_attempt_at: string;
        };
        /**
         * ErrorAnswer
         * @description How many failed dead letters came of one error; a long one is cut.
         */
        readonly ErrorAnswer: {
            readonly buckets: readonly number[];
            readonly count: number;
            readonly error_message: string;
            /** Format: date-time */
            readonly newest_at: string;
        };
        /**
         * ExplainAnswer
         * @description What the routes say of a message, oldest first.
         *
         *     `payload_is_exact` is false where the payload is not kept as it came, and what is asked is made
         *     of what is stored: `ts` is then the time in RFC 3339, and `site_id` the registered one.
         */
        readonly ExplainAnswer: {
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly payload_is_exact: boolean;
            readonly routes: readonly components["schemas"]["RouteVerdict"][];
            readonly topic: string;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * ExplainBody
         * @description A message; with `route_id` only that route is asked.
         *
         *     Either `topic` and `payload`, as a device has sent them or might; or one that has come in, by
         *     `event_id`, `rejected_id` or `dead_letter_id`.
         */
        readonly ExplainBody: {
            /** @default null */
            readonly dead_letter_id: number | null;
            /** @default null */
            readonly event_id: string | null;
            /** @default null */
            readonly payload: Record<string, never> | null;
            /** @default null */
            readonly rejected_id: number | null;
            /** @default null */
            readonly route_id: number | null;
            /** @default null */
            readonly topic: string | null;
        };
        /**
         * FaultAnswer
         * @description What is wrong with one field; `value` is what was sent, where that helps.
         */
        readonly FaultAnswer: {
            readonly field: string;
            readonly message: string;
            readonly value?: string;
        };
        /**
         * FieldCoverage
         * @description In how many messages a field had a value, none, or one of a type that the filter never takes.
         *
         *     It tells a field of the wrong name from a threshold that was never met.
         */
        readonly FieldCoverage: {
            readonly missing: number;
            readonly present: number;
            readonly wrong_type: number;
        };
        /**
         * Finding
         * @description What is found of a signature.
         * @enum {unknown}
         */
        readonly Finding: "body_reserialised" | "header_missing" | "headers_changed" | "malformed" | "no_match" | "not_signed" | "too_new" | "too_old" | "valid" | "valid_by_old_secret";
        /**
         * ForecastAnswer
         * @description What a job would be about: how many, by route (at most 100), most first.
         *
         *     Where `is_exact` is false, there are more than were counted. A job with this `up_to_id` is about
         *     the same ones, whatever comes meanwhile.
         */
        readonly ForecastAnswer: {
            readonly is_exact: boolean;
            readonly matched: number;
            readonly routes: readonly components["schemas"]["RouteCount"][];
            readonly up_to_id: number;
        };
        /**
         * FoundAnswer
         * @description What a message has where a clause looks.
         *
         *     `presence` is `missing` where there is nothing, and `other_type` where the operator cannot
         *     hold of what is there; `wanted` then names the types of which it could. A value that is longer
         *     than a thousand characters is left out.
         */
        readonly FoundAnswer: {
            /** @enum {unknown} */
            readonly presence: "missing" | "other_type" | "value";
            readonly type?: string;
            readonly value?: unknown;
            readonly wanted?: readonly string[];
        };
        /**
         * FoundThing
         * @description What was found, and its path in this API; a request has none.
         */
        readonly FoundThing: {
            readonly id: string;
            readonly kind: components["schemas"]["Kind"];
            readonly path: string | null;
            readonly text: string;
        };
        /**
         * FoundThings
         * @description What a text names; more than one thing may be called so. `note` says what has no row.
         */
        readonly FoundThings: {
            readonly found: readonly components["schemas"]["FoundThing"][];
            readonly note: string | null;
            readonly q: string;
            readonly total: number;
        };
        /**
         * GapAnswer
         * @description Messages of a device that never came: `missing` numbers from `expected` up to before `got`.
         *
         *     `event_id` is the message that `got` came with, received at `at`.
         */
        readonly GapAnswer: {
            /** Format: date-time */
            readonly at: string;
            readonly device_id: string;
            readonly event_id: string;
            readonly expected: number;
            readonly got: number;
            readonly id: number;
            readonly missing: number;
            readonly msg_type: string;
        };
        /**
         * GapPage
         * @description A page of a device's gaps.
         */
        readonly GapPage: {
            readonly gaps: readonly components["schemas"]["GapAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * GroupAnswer
         * @description A group, and how many devices are in it.
         */
        readonly GroupAnswer: {
            /** Format: date-time */
            readonly created_at: string;
            readonly device_count: number;
            readonly id: number;
            readonly name: string;
            readonly tenant_id: string;
        };
        /**
         * GroupBody
         * @description A group as a client writes it.
         */
        readonly GroupBody: {
            readonly name: string;
        };
        /**
         * GroupPage
         * @description A page of groups.
         */
        readonly GroupPage: {
            readonly groups: readonly components["schemas"]["GroupAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * GroupWithDevices
         * @description A group, and a page of the ids of its devices; `total` is how many there are.
         */
        readonly GroupWithDevices: {
            readonly device_ids: readonly string[];
            readonly group: components["schemas"]["GroupAnswer"];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * HealthAnswer
         * @description How the router does; `delivered`, `failed` and `dead_lettered` count since its start.
         *
         *     `mqtt` and `database` are `ok`, or what is wrong: in a word, and in a sentence for operators.
         *     `tenants_above_limits` is how many tenants have more pending deliveries or dead letters than
         *     their bound, where the operator has set one.
         */
        readonly HealthAnswer: {
            readonly database: string;
            readonly dead_lettered: number;
            readonly delivered: number;
            readonly delivery_queue_depth: number;
            readonly failed: number;
            readonly ledger: Record<string, never>;
            readonly mqtt: string;
            readonly nats: string;
            readonly oldest_snapshot_seconds: number;
            /** @enum {unknown} */
            readonly status: "degraded" | "ok";
            readonly tenants_above_limits: number;
            readonly upstream: components["schemas"]["UpstreamAnswer"];
        };
        /**
         * HistoryAnswer
         * @description A page of a history. `next` leads to the page after it, also as `before`.
         */
        readonly HistoryAnswer: {
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly telemetry: readonly components["schemas"]["MessageAnswer"][];
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * HourAnswer
         * @description What of the messages of an hour passed; `added` and `lost` are told of a change.
         */
        readonly HourAnswer: {
            readonly added?: number;
            /** Format: date-time */
            readonly hour: string;
            readonly looked_at: number;
            readonly lost?: number;
            readonly passed: number;
        };
        /**
         * IssuerAnswer
         * @description How one signs in at the issuer: the code flow with PKCE, as a public client.
         *
         *     The endpoints are null until the issuer has said where they are; `problem` then says why.
         */
        readonly IssuerAnswer: {
            readonly authorization_endpoint: string | null;
            readonly client_id: string;
            readonly end_session_endpoint: string | null;
            readonly issuer: string;
            readonly problem: string | null;
            readonly scopes: readonly string[];
            readonly token_endpoint: string | null;
        };
        /**
         * JobAction
         * @description What is done with each dead letter.
         * @enum {unknown}
         */
        readonly JobAction: "discard" | "purge" | "replay" | "restore";
        /**
         * JobAnswer
         * @description A job. `done`, `failed` and `skipped` are what is true in the table at this moment.
         *
         *     `tenant_id` is null where it is about the dead letters of all tenants. `matched` is how many
         *     there were when it was made; where `matched_is_exact` is false, there were more. `reason` says
         *     why it has STOPPED.
         */
        readonly JobAnswer: {
            readonly action: components["schemas"]["JobAction"];
            /** Format: date-time */
            readonly created_at: string;
            readonly done: number;
            readonly ended_at: string | null;
            readonly failed: number;
            readonly filter: components["schemas"]["JobFilter"];
            readonly id: number;
            readonly matched: number;
            readonly matched_is_exact: boolean;
            readonly reason: string | null;
            readonly request_id: string;
            readonly route_id: number | null;
            readonly skipped: number;
            readonly staged: boolean;
            readonly started_at: string | null;
            readonly state: components["schemas"]["JobState"];
            readonly subject: string;
            readonly tenant_id: string | null;
            readonly up_to_id: number;
        };
        /**
         * JobAnswerPage
         * @description A page of jobs.
         */
        readonly JobAnswerPage: {
            readonly jobs: readonly components["schemas"]["JobAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * JobBody
         * @description What is to be done with which dead letters.
         */
        readonly JobBody: {
            readonly action: components["schemas"]["JobAction"];
            /** @default false */
            readonly dry_run: boolean;
            readonly filter?: components["schemas"]["JobFilter"];
            /** @default null */
            readonly route_id: number | null;
            /** @default true */
            readonly staged: boolean;
            /** @default null */
            readonly up_to_id: number | null;
        };
        /**
         * JobFailureAnswer
         * @description A dead letter that a job has not done with, and why.
         */
        readonly JobFailureAnswer: {
            /** Format: date-time */
            readonly at: string;
            readonly dead_letter_id: number;
            readonly error: string;
            readonly outcome: components["schemas"]["JobOutcome"];
        };
        /**
         * JobFailurePage
         * @description A page of what a job has not done.
         */
        readonly JobFailurePage: {
            readonly failures: readonly components["schemas"]["JobFailureAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * JobFilter
         * @description Which dead letters are meant; the same as in the query of their list.
         */
        readonly JobFilter: {
            /** @default null */
            readonly before: number | null;
            /** @default null */
            readonly cause: components["schemas"]["Cause"] | null;
            /** @default null */
            readonly destination_type: string | null;
            /** @default null */
            readonly device_id: string | null;
            /** @default null */
            readonly error: string | null;
            /** @default null */
            readonly from: string | null;
            /** @default [] */
            readonly route_id: readonly number[];
            /** @default [] */
            readonly status: readonly components["schemas"]["DeadLetterStatus"][];
            /** @default null */
            readonly to: string | null;
        };
        /**
         * JobOutcome
         * @description What became of one dead letter in a job.
         * @enum {unknown}
         */
        readonly JobOutcome: "DONE" | "FAILED" | "SKIPPED";
        /**
         * JobState
         * @description Where a job stands. WAITING: for its turn among its tenant's. STOPPED: by itself.
         * @enum {unknown}
         */
        readonly JobState: "CANCELLED" | "DONE" | "PAUSED" | "RUNNING" | "STOPPED" | "WAITING";
        /**
         * Kind
         * @description What a thing is that was found.
         * @enum {unknown}
         */
        readonly Kind: "dead_letter" | "delivery" | "device" | "message" | "rejected_message" | "request" | "route";
        /**
         * LatencyAnswer
         * @description How long the recent attempts took.
         */
        readonly LatencyAnswer: {
            readonly attempts: number;
            readonly p50_seconds: number;
            readonly p95_seconds: number;
            readonly p99_seconds: number;
        };
        /**
         * LimitProblem
         * @description A bound of the tenant is reached (409), or will be passed again with time (429).
         *
         *     `bound` is its name in the router's settings; the operator may raise it.
         */
        readonly LimitProblem: {
            readonly bound: string;
            readonly detail: string;
            readonly errors?: readonly components["schemas"]["FaultAnswer"][];
            readonly instance: string;
            readonly limit: number;
            readonly request_id: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
            readonly usage: number;
            readonly way_out: string;
        };
        /**
         * ListedRoute
         * @description A route in a list. One that is too heavy for it comes without configuration and filter.
         *
         *     Then both are null, and `omitted_bytes` says what they weigh; read the route to see them.
         *     `stats` are there where they were asked for.
         */
        readonly ListedRoute: {
            /** Format: date-time */
            readonly created_at: string;
            readonly destination_config: Record<string, never> | null;
            readonly destination_type: components["schemas"]["DestinationType"];
            readonly disabled_reason: string | null;
            readonly fault: string | null;
            readonly id: number;
            readonly is_enabled: boolean;
            readonly name: string;
            readonly omitted_bytes?: number;
            readonly payload_filter: Record<string, never> | null;
            readonly secrets_expire_at: readonly string[];
            readonly stats?: components["schemas"]["ListedStats"];
            readonly tenant_id: string;
            readonly topic_filter: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly version: number;
        };
        /**
         * ListedStats
         * @description How a route in a list does; what is pending is counted up to 1,000.
         *
         *     `delivered_last_minute` and `delivered_last_hour` go by receipts: where these are not written,
         *     for the day had enough, those that were left out are counted by when they were settled.
         */
        readonly ListedStats: {
            readonly breaker: ("closed" | "open") | null;
            readonly concurrency: number | null;
            readonly dead_lettered: number;
            readonly delivered: number;
            readonly delivered_last_hour: number;
            readonly delivered_last_minute: number;
            readonly failed: number;
            readonly held_until: string | null;
            readonly last_error: string | null;
            readonly last_error_at: string | null;
            readonly latency: components["schemas"]["LatencyAnswer"] | null;
            readonly oldest_pending_at: string | null;
            readonly pending: number;
            readonly pending_is_exact: boolean;
            readonly requests_per_second: number | null;
            readonly route_id: number;
            /** Format: date-time */
            readonly since: string;
            readonly unjudged: number;
        };
        /**
         * MessageAnswer
         * @description A message as it was stored; `extra` holds the fields that the device added, if any.
         */
        readonly MessageAnswer: {
            readonly device_id: string;
            readonly extra?: unknown;
            readonly id: string;
            readonly metrics: unknown | null;
            readonly msg_type: string;
            /** Format: date-time */
            readonly received_at: string;
            readonly site_id: string | null;
            /** Format: date-time */
            readonly timestamp: string;
        };
        /**
         * MessagePage
         * @description A page of stored messages.
         *
         *     It looks through 20,000 of them at the most: where few are meant, it may be short, or empty, and
         *     `next` leads on all the same.
         */
        readonly MessagePage: {
            readonly limit: number;
            readonly messages: readonly components["schemas"]["StoredMessageAnswer"][];
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * MetricAnswer
         * @description A metric: how many of the device's newest 1,000 messages of that time have it.
         *
         *     In `numbers` of them it is a number. `last_at` is the newest time that it was sent with.
         */
        readonly MetricAnswer: {
            /** Format: date-time */
            readonly last_at: string;
            readonly messages: number;
            readonly name: string;
            readonly numbers: number;
        };
        /**
         * MetricsAnswer
         * @description The metrics of a device from `from` to `to`, or what the numbers of one of them were.
         *
         *     With `metric` there are `buckets`, each `bucket_seconds` long; those without a number are left
         *     out. At most the newest 200,000 messages are looked at: where there are more, `complete_from`
         *     says since when the buckets are complete.
         */
        readonly MetricsAnswer: {
            readonly bucket_seconds?: number;
            readonly buckets?: readonly components["schemas"]["BucketAnswer"][];
            readonly complete_from?: string | null;
            /** Format: date-time */
            readonly from: string;
            readonly metric?: string;
            readonly metrics?: readonly components["schemas"]["MetricAnswer"][];
            /** Format: date-time */
            readonly to: string;
        };
        /**
         * MigrationAnswer
         * @description A migration that was applied; `applied_by` is the program's version, where it was noted.
         */
        readonly MigrationAnswer: {
            /** Format: date-time */
            readonly applied_at: string;
            readonly applied_by: string | null;
            readonly name: string;
            readonly version: number;
        };
        /**
         * MinuteAnswer
         * @description What was delivered in a minute.
         *
         *     `left_out` are more, of which no receipts were written, for the day had enough.
         */
        readonly MinuteAnswer: {
            readonly answers: readonly components["schemas"]["AnswerCount"][];
            /** Format: date-time */
            readonly at: string;
            readonly left_out: number;
        };
        /**
         * MovedRoute
         * @description What has come to a route's counts; `failed` counts attempts, the others deliveries.
         */
        readonly MovedRoute: {
            readonly dead_lettered: number;
            readonly delivered: number;
            readonly failed: number;
            readonly route_id: number;
        };
        /**
         * Need
         * @description What needs attention, in the order of its weight.
         * @enum {unknown}
         */
        readonly Need: "alerts_open" | "books_off" | "breaker_open" | "dead_letters_growing" | "devices_refused" | "devices_silent" | "lost_upstream" | "part_missing" | "route_gone" | "route_without_key";
        /**
         * NotReadyAnswer
         * @description Work does not flow; `missing` says what is, by part: a word, to operators a sentence.
         */
        readonly NotReadyAnswer: {
            readonly detail: string;
            readonly errors?: readonly components["schemas"]["FaultAnswer"][];
            readonly instance: string;
            readonly missing: {
                readonly [key: string]: string;
            };
            readonly request_id: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        };
        /**
         * NotReplayedAnswer
         * @description An attempt to deliver a dead letter has failed; `error` says how.
         */
        readonly NotReplayedAnswer: {
            readonly detail: string;
            readonly error: string | null;
            readonly errors?: readonly components["schemas"]["FaultAnswer"][];
            readonly id: number;
            readonly instance: string;
            readonly request_id: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        };
        /**
         * NotTraced
         * @description There is nothing to trace: where was looked, and what is gone after how long.
         */
        readonly NotTraced: {
            readonly detail: string;
            readonly errors?: readonly components["schemas"]["FaultAnswer"][];
            readonly instance: string;
            readonly request_id: string;
            readonly searched: readonly components["schemas"]["SearchedAnswer"][];
            readonly status: number;
            readonly title: string;
            readonly type: string;
        };
        /**
         * NowAnswer
         * @description What a route as it is now says of the message; a disabled one says what it would.
         */
        readonly NowAnswer: {
            readonly clauses: readonly components["schemas"]["ClauseAnswer"][];
            readonly is_enabled: boolean;
            readonly reason: string;
            readonly topic: components["schemas"]["TopicAnswer"];
            /** @enum {unknown} */
            readonly verdict: "false" | "true" | "unknown";
            readonly version: number;
        };
        /**
         * OperatorJobBody
         * @description The same; without `tenant_id` it is about the dead letters of all tenants.
         */
        readonly OperatorJobBody: {
            readonly action: components["schemas"]["JobAction"];
            /** @default false */
            readonly dry_run: boolean;
            readonly filter?: components["schemas"]["JobFilter"];
            /** @default null */
            readonly route_id: number | null;
            /** @default true */
            readonly staged: boolean;
            /** @default null */
            readonly tenant_id: string | null;
            /** @default null */
            readonly up_to_id: number | null;
        };
        /**
         * OperatorRejectedMessage
         * @description A refused message; its tenant is the one that its topic names, registered or not.
         */
        readonly OperatorRejectedMessage: {
            readonly detail: string;
            readonly device_id: string | null;
            readonly id: number;
            readonly payload: string | null;
            readonly payload_bytes: number;
            /** @enum {unknown} */
            readonly payload_encoding: "base64" | "utf-8";
            readonly payload_is_cut: boolean;
            readonly reason: components["schemas"]["Reason"];
            /** Format: date-time */
            readonly received_at: string;
            readonly tenant_id: string | null;
            readonly topic: string;
        };
        /**
         * OperatorRejectedPage
         * @description A page of refused messages.
         */
        readonly OperatorRejectedPage: {
            readonly limit: number;
            readonly messages: readonly components["schemas"]["OperatorRejectedMessage"][];
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * OperatorRouteAnswer
         * @description A tenant's route; the values of its headers and the query of its URL are masked as well.
         */
        readonly OperatorRouteAnswer: {
            /** Format: date-time */
            readonly created_at: string;
            readonly destination_config: Record<string, never> | null;
            readonly destination_type: components["schemas"]["DestinationType"];
            readonly disabled_reason: string | null;
            readonly fault: string | null;
            readonly id: number;
            readonly is_enabled: boolean;
            readonly name: string;
            readonly omitted_bytes?: number;
            readonly payload_filter: Record<string, never> | null;
            readonly secrets_expire_at: readonly string[];
            readonly stats?: components["schemas"]["ListedStats"];
            readonly tenant_id: string;
            readonly topic_filter: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly version: number;
        };
        /**
         * OperatorRoutePage
         * @description A page of routes.
         */
        readonly OperatorRoutePage: {
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly routes: readonly components["schemas"]["OperatorRouteAnswer"][];
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * OverviewAnswer
         * @description Everything at a glance: the first 100 tenants, the totals, the books and the connections.
         *
         *     `attention` is what needs it, of everybody, as in a tenant's overview.
         *
         *     `rejected` of the totals counts since the books began, that of a tenant what is still kept.
         */
        readonly OverviewAnswer: {
            readonly attention: readonly components["schemas"]["AttentionAnswer"][];
            readonly database: string;
            readonly ledger: Record<string, never>;
            readonly mqtt: string;
            readonly nats: string;
            readonly tenants: readonly components["schemas"]["TenantAnswer"][];
            readonly totals: components["schemas"]["TotalsAnswer"];
        };
        /**
         * PeakAnswer
         * @description The second with most messages that passed, beside what the endpoint takes now.
         *
         *     `latency` is that of the route that is changed, and `attempts_at_once` how many would be under
         *     way in that second; both are null where nothing is known.
         */
        readonly PeakAnswer: {
            /** Format: date-time */
            readonly at: string;
            readonly attempts_at_once: number | null;
            readonly latency: components["schemas"]["LatencyAnswer"] | null;
            readonly messages: number;
        };
        /**
         * PendingAnswer
         * @description A delivery that waits for its first attempt, or for the next one.
         *
         *     `attempts` counts those that are spent, `pushbacks` those that the endpoint pushed back.
         */
        readonly PendingAnswer: {
            readonly attempts: number;
            /** Format: date-time */
            readonly created_at: string;
            readonly device_id: string;
            readonly event_id: string;
            readonly history: readonly components["schemas"]["AttemptAnswer"][];
            readonly id: string;
            readonly last_error: string | null;
            /** Format: date-time */
            readonly next_attempt_at: string;
            readonly pushbacks: number;
            readonly route_id: number;
            readonly tenant_id: string;
            readonly topic: string;
        };
        /**
         * PendingAnswerPage
         * @description A page of what is pending.
         */
        readonly PendingAnswerPage: {
            readonly deliveries: readonly components["schemas"]["PendingAnswer"][];
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * PendingWithPayload
         * @description The same with what is to be delivered.
         */
        readonly PendingWithPayload: {
            readonly attempts: number;
            /** Format: date-time */
            readonly created_at: string;
            readonly device_id: string;
            readonly event_id: string;
            readonly history: readonly components["schemas"]["AttemptAnswer"][];
            readonly id: string;
            readonly last_error: string | null;
            /** Format: date-time */
            readonly next_attempt_at: string;
            readonly payload: unknown;
            readonly pushbacks: number;
            readonly route_id: number;
            readonly tenant_id: string;
            readonly topic: string;
        };
        /**
         * PreviewBody
         * @description A route that is not stored, and over which messages it is tried: those that arrived last.
         *
         *     With `route_id`, the draft is a change of that route: masks stand for its secrets, and what it
         *     adds and loses is told. `from` (included) and `to` (not included) are times of arrival. Without
         *     these and `last`, the last 10,000 messages of the last 24 hours are looked at.
         */
        readonly PreviewBody: {
            /** @default null */
            readonly from: string | null;
            /** @default null */
            readonly last: number | null;
            readonly route: components["schemas"]["RouteBody"];
            /** @default null */
            readonly route_id: number | null;
            /** @default null */
            readonly to: string | null;
        };
        /**
         * PreviewExample
         * @description A message, and why the draft takes it or not.
         */
        readonly PreviewExample: {
            readonly clauses: readonly components["schemas"]["ClauseAnswer"][];
            readonly device_id: string;
            readonly event_id: string;
            readonly reason: string;
            /** Format: date-time */
            readonly received_at: string;
            readonly topic: components["schemas"]["TopicAnswer"];
            readonly topic_name: string;
            /** @enum {unknown} */
            readonly verdict: "false" | "true" | "unknown";
        };
        /**
         * PreviewExamples
         * @description The newest five of each kind; `added` and `lost` are there for a change.
         */
        readonly PreviewExamples: {
            readonly added?: readonly components["schemas"]["PreviewExample"][];
            readonly failed: readonly components["schemas"]["PreviewExample"][];
            readonly lost?: readonly components["schemas"]["PreviewExample"][];
            readonly passed: readonly components["schemas"]["PreviewExample"][];
        };
        /**
         * PreviewLine
         * @description A line: `progress` each second, and `result` at the end.
         */
        readonly PreviewLine: {
            readonly progress?: components["schemas"]["PreviewProgress"];
            readonly result?: components["schemas"]["PreviewResult"];
        };
        /**
         * PreviewProgress
         * @description How far it has come. `is_waiting` says that it lets ingest go first.
         */
        readonly PreviewProgress: {
            readonly filter_passed: number;
            readonly is_waiting: boolean;
            readonly looked_at: number;
            readonly seconds: number;
        };
        /**
         * PreviewResult
         * @description What the route would have done, had it been enabled.
         *
         *     A change is compared with the route as it is, enabled as well. `unjudged` are messages for which
         *     the filter would have cost more than it may; they do not pass. `unreadable` rows are of nobody's
         *     sending. `not_as_sent` names the fields that the filter asks for and that are put together from
         *     what is stored: `ts` and `site_id` are there whether the device sent them or not, `tenant_id`
         *     never is. Where `is_complete` is false, `stopped_by` says what has ended it before all was
         *     looked at that was asked for; what was seen until then is told.
         */
        readonly PreviewResult: {
            readonly added?: number;
            readonly by_hour: readonly components["schemas"]["HourAnswer"][];
            readonly clauses: readonly components["schemas"]["ClauseTally"][];
            readonly coverage: {
                readonly [key: string]: components["schemas"]["FieldCoverage"];
            };
            readonly devices: readonly components["schemas"]["DeviceShare"][];
            readonly devices_total: number;
            readonly examples: components["schemas"]["PreviewExamples"];
            readonly filter_passed: number;
            readonly first_at: string | null;
            readonly is_complete: boolean;
            readonly last_at: string | null;
            readonly looked_at: number;
            readonly lost?: number;
            readonly not_as_sent: readonly string[];
            readonly peak: components["schemas"]["PeakAnswer"] | null;
            readonly seconds: number;
            readonly stopped_by: ("database" | "messages" | "router" | "seconds") | null;
            readonly topic_matched: number;
            readonly unjudged: number;
            readonly unreadable: number;
        };
        /**
         * ProblemAnswer
         * @description An error (RFC 9457). `request_id` is that of the answer's X-Request-Id and of the log.
         */
        readonly ProblemAnswer: {
            readonly detail: string;
            readonly errors?: readonly components["schemas"]["FaultAnswer"][];
            readonly instance: string;
            readonly request_id: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        };
        /**
         * PurgeAnswer
         * @description How many dead letters were removed; of a dry run, how many would be.
         */
        readonly PurgeAnswer: {
            readonly purged: number;
            readonly would_purge?: number;
        };
        /**
         * PurgeBody
         * @description The age from which dead letters go; with `dry_run` they are only counted.
         */
        readonly PurgeBody: {
            /** @default false */
            readonly dry_run: boolean;
            readonly older_than_days?: number;
        };
        /**
         * ReadyAnswer
         * @description Nothing is missing.
         */
        readonly ReadyAnswer: {
            readonly missing: {
                readonly [key: string]: string;
            };
            /** @enum {unknown} */
            readonly status: "ready";
        };
        /**
         * Reason
         * @description Why a message was refused (contract, section 1).
         * @enum {unknown}
         */
        readonly Reason: "BAD_JSON" | "BAD_TIMESTAMP" | "BAD_TOPIC" | "DEVICE_REVOKED" | "EMPTY" | "METRICS_MISSING" | "METRIC_INVALID" | "PAYLOAD_TOO_LARGE" | "RATE_LIMITED" | "SITE_MISMATCH" | "TENANT_MISMATCH" | "TOKEN_INVALID" | "TOKEN_MISSING" | "TOO_MANY_METRICS" | "UNREGISTERED_DEVICE" | "UNSTORABLE";
        /**
         * ReceiptAnswer
         * @description A delivery that was made.
         *
         *     `attempts` counts those that were spent, `milliseconds` is how long the last one took, and
         *     `status` what the destination answered; null where it gives no number.
         */
        readonly ReceiptAnswer: {
            readonly attempts: number;
            readonly delivery_id: string;
            readonly event_id: string;
            readonly milliseconds: number;
            /** Format: date-time */
            readonly settled_at: string;
            readonly status: number | null;
        };
        /**
         * ReceiptAnswerPage
         * @description A page of receipts. `next` leads to the one behind it, as `after`; it is null on the last.
         *
         *     A page may hold fewer than `limit` though it is not the last, where few are what is asked for.
         */
        readonly ReceiptAnswerPage: {
            readonly limit: number;
            readonly next: string | null;
            readonly receipts: readonly components["schemas"]["ReceiptAnswer"][];
        };
        /**
         * ReceiptCounts
         * @description The minutes in which something was delivered, oldest first.
         */
        readonly ReceiptCounts: {
            readonly minutes: readonly components["schemas"]["MinuteAnswer"][];
        };
        /**
         * RejectedMessage
         * @description A refused message; `payload_bytes` is how long its payload is.
         *
         *     A list shows the beginning of a payload, or null where it has no room for it.
         */
        readonly RejectedMessage: {
            readonly detail: string;
            readonly device_id: string | null;
            readonly id: number;
            readonly payload: string | null;
            readonly payload_bytes: number;
            /** @enum {unknown} */
            readonly payload_encoding: "base64" | "utf-8";
            readonly payload_is_cut: boolean;
            readonly reason: components["schemas"]["Reason"];
            /** Format: date-time */
            readonly received_at: string;
            readonly topic: string;
        };
        /**
         * RejectedMessagePage
         * @description A page of refused messages.
         */
        readonly RejectedMessagePage: {
            readonly limit: number;
            readonly messages: readonly components["schemas"]["RejectedMessage"][];
            readonly next: string | null;
            readonly offset: number;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * ReplayBody
         * @description Which route to use in place of the dead letter's own.
         */
        readonly ReplayBody: {
            /** @default null */
            readonly route_id: number | null;
        };
        /**
         * RequestAnswer
         * @description A request as it would go out at a first attempt.
         *
         *     A webhook's has `url`, that of `mqtt_republish` (its method is PUBLISH) `topic`, `qos` and
         *     `retain`, and its user properties as `headers`. Masked are template secrets, the values of the
         *     route's own headers, and those in the URL's query that no message says. Signatures are of the
         *     body without masks.
         */
        readonly RequestAnswer: {
            readonly body: string;
            readonly headers: {
                readonly [key: string]: string;
            };
            readonly method: string;
            readonly qos?: number;
            readonly retain?: boolean;
            readonly topic?: string;
            readonly url?: string;
        };
        /**
         * ResumedAnswer
         * @description A route whose deliveries are attempted again; `due` is how many waited after a failure.
         */
        readonly ResumedAnswer: {
            readonly due: number;
            readonly route_id: number;
        };
        /**
         * Rights
         * @description What the bearer may do; with its tenant's data only if the token names a tenant.
         */
        readonly Rights: {
            readonly read_all: boolean;
            readonly read_own: boolean;
            readonly write_all: boolean;
            readonly write_own: boolean;
        };
        /**
         * RotatedSecret
         * @description The new secret, the only time that it is shown, and when the old ones end.
         */
        readonly RotatedSecret: {
            readonly route_id: number;
            readonly secret: string;
            readonly secrets_expire_at: readonly string[];
        };
        /**
         * RotateSecretBody
         * @description For how long the old secrets go on signing beside the new one; 0 ends them now.
         */
        readonly RotateSecretBody: {
            /** @default 24 */
            readonly overlap_hours: number;
        };
        /**
         * RotationBody
         * @description How a token is rotated.
         *
         *     Until `overlap_hours` are over the token before holds as well; without them, none but the new
         *     one holds at once.
         */
        readonly RotationBody: {
            /** @default 0 */
            readonly overlap_hours: number;
            /** @default null */
            readonly provision_token: string | null;
        };
        /**
         * RouteAnswer
         * @description A route, its secrets masked.
         *
         *     `version` counts its changes; the ETag is made of it. `secrets_expire_at` are the ends of the
         *     old secrets that still sign beside the newest. `disabled_reason` says why the router has
         *     disabled it by itself, `fault` why nothing can be delivered although it is enabled, or why its
         *     payload filter is not asked now, or weighs more than it may.
         */
        readonly RouteAnswer: {
            /** Format: date-time */
            readonly created_at: string;
            readonly destination_config: Record<string, never>;
            readonly destination_type: components["schemas"]["DestinationType"];
            readonly disabled_reason: string | null;
            readonly fault: string | null;
            readonly id: number;
            readonly is_enabled: boolean;
            readonly name: string;
            readonly payload_filter: Record<string, never> | null;
            readonly secrets_expire_at: readonly string[];
            readonly tenant_id: string;
            readonly topic_filter: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly version: number;
        };
        /**
         * RouteBody
         * @description A whole route, as a client writes it.
         */
        readonly RouteBody: {
            /** @default {} */
            readonly destination_config: Record<string, never>;
            readonly destination_type: components["schemas"]["DestinationType"];
            /** @default true */
            readonly is_enabled: boolean;
            readonly name: string;
            /** @default null */
            readonly payload_filter: Record<string, never> | null;
            readonly topic_filter: string;
        };
        /**
         * RouteCount
         * @description How many dead letters of a route are meant.
         */
        readonly RouteCount: {
            readonly count: number;
            readonly route_id: number;
        };
        /**
         * RoutePage
         * @description A page of routes.
         */
        readonly RoutePage: {
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly routes: readonly components["schemas"]["ListedRoute"][];
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * RoutePatch
         * @description The part of a route that changes.
         *
         *     `destination_config` is merged into what is there (RFC 7396: null removes a field), so that
         *     mending a URL does not lose the secret; it replaces it when the destination type changes. A
         *     `template` is replaced as a whole.
         */
        readonly RoutePatch: {
            readonly destination_config?: Record<string, never>;
            readonly destination_type?: components["schemas"]["DestinationType"];
            readonly is_enabled?: boolean;
            readonly name?: string;
            readonly payload_filter?: Record<string, never> | null;
            readonly topic_filter?: string;
        };
        /**
         * RouteSort
         * @description In which order routes are listed.
         *
         *     ID: The oldest first. NAME: By name. UPDATED: Those first that were changed last. The others:
         *     Those first that have most waiting, most attempts that failed, most dead letters.
         * @enum {unknown}
         */
        readonly RouteSort: "dead_lettered" | "failed" | "id" | "name" | "pending" | "updated";
        /**
         * RouteState
         * @description Whether a route works, by what is stored of it.
         * @enum {unknown}
         */
        readonly RouteState: "disabled" | "enabled" | "gone";
        /**
         * RouteStatsAnswer
         * @description How a route does.
         *
         *     `delivered` and `dead_lettered` count deliveries since `since`, `failed` attempts, once for
         *     each delivery that they were made for. Counting what is pending stops at a bound; when it is
         *     not exact there are more. `unjudged` counts messages that its payload filter was not asked of
         *     while it was set aside, since the router's start. `breaker`, `concurrency` and `latency` are
         *     null while another router works for the route, `latency` also without recent attempts.
         *     `held_until` says until when nothing goes out, for the endpoint pushes back;
         *     `requests_per_second` what it has turned out to take, where it limits.
         */
        readonly RouteStatsAnswer: {
            readonly breaker: ("closed" | "open") | null;
            readonly concurrency: number | null;
            readonly dead_lettered: number;
            readonly delivered: number;
            readonly failed: number;
            readonly held_until: string | null;
            readonly last_error: string | null;
            readonly last_error_at: string | null;
            readonly latency: components["schemas"]["LatencyAnswer"] | null;
            readonly oldest_pending_at: string | null;
            readonly pending: number;
            readonly pending_is_exact: boolean;
            readonly requests_per_second: number | null;
            readonly route_id: number;
            /** Format: date-time */
            readonly since: string;
            readonly unjudged: number;
        };
        /**
         * RouteTestAnswer
         * @description What a route does with such a message while it is enabled; a new draft has no `route_id`.
         *
         *     `reason` says in a sentence what decided, `topic` and `clauses` each verdict. `request` is what
         *     would be sent, whether the message matches or not; it is null where the
         *     destination is the database itself, and where none can be made, which `request_fault` explains.
         *     `filter_fault` says why the filter cannot judge the message, which does not pass then.
         *     `delivery` is there when it was asked for; it is null when nothing was sent, for the message
         *     does not match, or the destination is the database itself.
         */
        readonly RouteTestAnswer: {
            readonly clauses: readonly components["schemas"]["ClauseAnswer"][];
            readonly delivery?: components["schemas"]["TrialAnswer"] | null;
            readonly destination_type: components["schemas"]["DestinationType"];
            readonly filter_fault: string | null;
            readonly filter_passed: boolean;
            readonly reason: string;
            readonly request: components["schemas"]["RequestAnswer"] | null;
            readonly request_fault: string | null;
            readonly route_id: number | null;
            readonly topic: components["schemas"]["TopicAnswer"];
            readonly topic_matched: boolean;
            readonly would_deliver: boolean;
        };
        /**
         * RouteTestBody
         * @description A message that a device might send.
         *
         *     With `deliver` it goes to the destination, when it matches, also from a disabled route.
         */
        readonly RouteTestBody: {
            /** @default false */
            readonly deliver: boolean;
            readonly payload: Record<string, never>;
            readonly topic: string;
        };
        /**
         * RouteVerdict
         * @description What a route says of a message; a disabled one says what it would.
         */
        readonly RouteVerdict: {
            readonly clauses: readonly components["schemas"]["ClauseAnswer"][];
            readonly is_enabled: boolean;
            readonly name: string;
            readonly reason: string;
            readonly route_id: number;
            readonly topic: components["schemas"]["TopicAnswer"];
            /** @enum {unknown} */
            readonly verdict: "false" | "true" | "unknown";
            readonly version: number;
        };
        /**
         * SearchedAnswer
         * @description Where was looked, how much was found there, and for how long it is kept there.
         */
        readonly SearchedAnswer: {
            readonly found: number;
            readonly kept: string;
            readonly place: string;
        };
        /**
         * SetGroupsAction
         * @description Show only the devices of these groups; an empty list is all.
         */
        readonly SetGroupsAction: {
            /** @enum {unknown} */
            readonly action: "set_groups";
            readonly group_ids: readonly number[];
        };
        /**
         * SetMetricsAction
         * @description Show only these metrics; an empty list is all.
         */
        readonly SetMetricsAction: {
            /** @enum {unknown} */
            readonly action: "set_metrics";
            readonly metrics: readonly string[];
        };
        /**
         * SettingAnswer
         * @description A setting that holds now.
         *
         *     Where `is_secret`, `value` is null, and `is_set` tells whether there is one. `origin` is who has
         *     given it, `source` the path or the variable; null of a default.
         */
        readonly SettingAnswer: {
            readonly is_secret: boolean;
            readonly is_set: boolean;
            readonly key: string;
            /** @enum {unknown} */
            readonly origin: "default" | "environment" | "file" | "secret_file";
            readonly source: string | null;
            readonly value: unknown;
        };
        /**
         * SharingRouterAnswer
         * @description A router that works on this database, and how many lanes of deliveries it holds.
         *
         *     `lives` is what the router that answers has seen: who has not said for as long as a lease lasts
         *     that it goes on is gone. `alive_until` is by the database's clock.
         */
        readonly SharingRouterAnswer: {
            readonly alive_until: string | null;
            readonly is_this: boolean;
            readonly lanes: number;
            readonly lives: boolean;
            readonly name: string;
        };
        /**
         * SignatureAnswer
         * @description What was found, and a sentence that says it.
         *
         *     `header` is the header that it is about. `secret_number` says by which of the route's secrets
         *     the signature was made, 1 for the newest, and `secret_expires_at` when that one ends. No secret
         *     is told, and no signature that was expected.
         */
        readonly SignatureAnswer: {
            readonly age_seconds: number | null;
            readonly finding: components["schemas"]["Finding"];
            readonly header: string | null;
            readonly is_valid: boolean;
            readonly route_id: number;
            readonly say: string;
            readonly secret_expires_at: string | null;
            readonly secret_number: number | null;
        };
        /**
         * SignatureBody
         * @description A webhook as it came: its headers, and its body as text or in base64.
         *
         *     `received_at` is when it came, now where it is not said.
         */
        readonly SignatureBody: {
            /** @default null */
            readonly body: string | null;
            /** @default null */
            readonly body_base64: string | null;
            readonly headers: {
                readonly [key: string]: string;
            };
            /** @default null */
            readonly received_at: string | null;
            /** @default 300 */
            readonly tolerance_seconds: number;
        };
        /**
         * SiteCountsAnswer
         * @description How many devices there are at a site; null stands for those without one.
         */
        readonly SiteCountsAnswer: {
            readonly active: number;
            readonly revoked: number;
            readonly silent: number | null;
            readonly site_id: string | null;
        };
        /**
         * StatesAnswer
         * @description How many of the tenant's things are in which state; alerts are counted up to 10,000.
         */
        readonly StatesAnswer: {
            readonly alerts_acknowledged: number;
            readonly alerts_open: number;
            readonly devices_active: number;
            readonly devices_revoked: number;
            readonly groups: number;
            readonly routes_disabled: number;
            readonly routes_enabled: number;
        };
        /**
         * StepAnswer
         * @description A step on a message's way; `at` is null where nobody has noted the time.
         */
        readonly StepAnswer: {
            readonly at: string | null;
            /** @enum {unknown} */
            readonly step: "ended" | "matched" | "received" | "refused" | "sent" | "stored";
            readonly text: string;
        };
        /**
         * StoredMessageAnswer
         * @description A message as it was stored, with the topic that it came by.
         *
         *     A page that weighs too much shows no `metrics` and `extra` any more, nor does one with
         *     `fields=summary`; `payload_bytes` is how long they are.
         */
        readonly StoredMessageAnswer: {
            readonly device_id: string;
            readonly extra?: unknown;
            readonly id: string;
            readonly metrics: unknown | null;
            readonly msg_type: string;
            readonly payload_bytes: number;
            /** Format: date-time */
            readonly received_at: string;
            readonly site_id: string | null;
            /** Format: date-time */
            readonly timestamp: string;
            readonly topic: string;
        };
        /**
         * StreamConnected
         * @description The first message of a stream.
         */
        readonly StreamConnected: {
            readonly filters: components["schemas"]["StreamFilters"];
            readonly tenant_id: string;
            /** @enum {unknown} */
            readonly type: "connected";
        };
        /**
         * StreamDropped
         * @description So many events were left out before the next one: the client reads too slowly.
         */
        readonly StreamDropped: {
            readonly count: number;
            /** @enum {unknown} */
            readonly type: "dropped";
        };
        /**
         * StreamError
         * @description What is wrong with what the client has sent, or why the stream ends.
         */
        readonly StreamError: {
            readonly message: string;
            /** @enum {unknown} */
            readonly type: "error";
        };
        /**
         * StreamFilters
         * @description Which devices, groups and metrics are shown; an empty list lets everything pass.
         */
        readonly StreamFilters: {
            readonly device_ids: readonly string[];
            readonly group_ids: readonly number[];
            readonly metric_names: readonly string[];
        };
        /**
         * StreamFiltersCleared
         * @description Everything is shown from now on.
         */
        readonly StreamFiltersCleared: {
            /** @enum {unknown} */
            readonly type: "filters_cleared";
        };
        /**
         * StreamGap
         * @description Events after `from` up to `to` may be missing: they cannot be had any more.
         */
        readonly StreamGap: {
            readonly from: string;
            readonly to: string;
            /** @enum {unknown} */
            readonly type: "gap";
        };
        /**
         * StreamGroupsUpdated
         * @description Only the devices of these groups are shown from now on; none named is all.
         */
        readonly StreamGroupsUpdated: {
            readonly group_ids: readonly number[];
            /** @enum {unknown} */
            readonly type: "groups_updated";
        };
        /**
         * StreamMetricsUpdated
         * @description Only these metrics are shown from now on; none named is all.
         */
        readonly StreamMetricsUpdated: {
            readonly metrics: readonly string[];
            /** @enum {unknown} */
            readonly type: "metrics_updated";
        };
        /**
         * StreamPing
         * @description Nothing else has come for 30 seconds.
         */
        readonly StreamPing: {
            /** Format: date-time */
            readonly ts: string;
            /** @enum {unknown} */
            readonly type: "ping";
        };
        /**
         * StreamStatusAnswer
         * @description How many live streams are open, and how many a tenant may have.
         */
        readonly StreamStatusAnswer: {
            readonly max_per_tenant: number;
            readonly total_connections: number;
        };
        /**
         * StreamSubscribed
         * @description These devices are shown from now on; they are named in the form that the client chose.
         */
        readonly StreamSubscribed: {
            readonly device_id?: string;
            readonly device_ids?: readonly string[];
            /** @enum {unknown} */
            readonly type: "subscribed";
        };
        /**
         * StreamTelemetry
         * @description An event, under the id of its row.
         */
        readonly StreamTelemetry: {
            readonly device_id: string;
            readonly id: string;
            readonly metrics: {
                readonly [key: string]: number | boolean | string | null;
            };
            readonly site_id: string | null;
            readonly tenant_id: string;
            /** Format: date-time */
            readonly timestamp: string;
            readonly topic: string;
            /** @enum {unknown} */
            readonly type: "telemetry";
        };
        /**
         * StreamUnsubscribed
         * @description These devices are no longer among those that are named.
         */
        readonly StreamUnsubscribed: {
            readonly device_id?: string;
            readonly device_ids?: readonly string[];
            /** @enum {unknown} */
            readonly type: "unsubscribed";
        };
        /**
         * SubscribeAction
         * @description Show these devices too; `device_id` or `device_ids` is required.
         */
        readonly SubscribeAction: {
            /** @enum {unknown} */
            readonly action: "subscribe";
            /** @default null */
            readonly device_id: string | null;
            /** @default null */
            readonly device_ids: readonly string[] | null;
        };
        /**
         * SummaryAnswer
         * @description A route's dead letters: how many of each status, and the most frequent errors.
         */
        readonly SummaryAnswer: {
            readonly buckets: readonly number[];
            readonly discarded: number;
            readonly errors: readonly components["schemas"]["ErrorAnswer"][];
            readonly failed: number;
            /** Format: date-time */
            readonly newest_at: string;
            readonly replayed: number;
            readonly route_id: number;
        };
        /**
         * SummaryPage
         * @description A page of routes that have dead letters, those with the most failed ones first.
         *
         *     Where `is_exact` is false, only the newest 50,000 dead letters are counted. The `buckets` of
         *     routes and errors count the failed ones by time, each for `bucket_seconds`, from `bucket_start`
         *     on; these are null, and the lists empty, where none were asked for or there is nothing to count.
         */
        readonly SummaryPage: {
            readonly bucket_seconds: number | null;
            readonly bucket_start: string | null;
            readonly is_exact: boolean;
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly routes: readonly components["schemas"]["SummaryAnswer"][];
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * SystemAnswer
         * @description What this router runs on.
         *
         *     `database` is null while it cannot be asked. `warnings` are of settings that are valid, and
         *     risky or of no use.
         */
        readonly SystemAnswer: {
            readonly checks: readonly components["schemas"]["CheckAnswer"][];
            readonly database: components["schemas"]["DatabaseAnswer"] | null;
            readonly python_version: string;
            readonly settings: readonly components["schemas"]["SettingAnswer"][];
            readonly version: string;
            readonly warnings: readonly string[];
        };
        /**
         * TableAnswer
         * @description A table with its indexes; `parent` is whose partition it is. `rows` is an estimate.
         */
        readonly TableAnswer: {
            readonly bytes: number;
            readonly name: string;
            readonly parent: string | null;
            readonly rows: number | null;
        };
        /**
         * TenantAnswer
         * @description How much a tenant has, each counted up to 10,000, and how much it may have.
         *
         *     `last_message_at` is when the last of its devices was heard of; it is written down every half
         *     minute.
         */
        readonly TenantAnswer: {
            readonly dead_letters: number;
            readonly devices: number;
            readonly enabled_routes: number;
            readonly last_message_at: string | null;
            readonly limits: readonly components["schemas"]["TenantLimitAnswer"][];
            readonly pending: number;
            readonly rejected: number;
            readonly routes: number;
            readonly tenant_id: string;
        };
        /**
         * TenantLimitAnswer
         * @description A bound of a tenant: how much it uses of it, and what was refused since the router's start.
         *
         *     `limit` is null where there is none. Where `usage_is_exact` is false, it is more than `usage`;
         *     `usage` is null where it is not told.
         */
        readonly TenantLimitAnswer: {
            readonly limit: number | null;
            readonly name: string;
            readonly refused: number;
            readonly usage: number | null;
            readonly usage_is_exact: boolean;
        };
        /**
         * TenantPage
         * @description A page of tenants: all that have a device, a route or a dead letter.
         */
        readonly TenantPage: {
            readonly limit: number;
            readonly next: string | null;
            readonly offset: number;
            readonly tenants: readonly components["schemas"]["TenantAnswer"][];
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * ThenAnswer
         * @description Whether a route took the message when it came in, and how that is known.
         *
         *     `told_by` is `delivery` where there is one, `unchanged` where the route is as it was, `changes`
         *     where what was changed since has been taken back, `refusal` where no route was asked, and
         *     `nothing` where it is not known.
         */
        readonly ThenAnswer: {
            readonly clauses: readonly components["schemas"]["ClauseAnswer"][];
            /** @enum {unknown} */
            readonly matched: "false" | "true" | "unknown";
            readonly reason: string;
            /** @enum {unknown} */
            readonly told_by: "changes" | "delivery" | "nothing" | "refusal" | "unchanged";
        };
        /**
         * TimelineAnswer
         * @description A page of a timeline, newest first. `next` leads to the page behind it, as `after`.
         */
        readonly TimelineAnswer: {
            readonly device_id: string;
            readonly entries: readonly components["schemas"]["TimelineEntry"][];
            readonly limit: number;
            readonly next: string | null;
        };
        /**
         * TimelineEntry
         * @description Something that came of the device: a message that was stored, or one that was refused.
         *
         *     `at` is the device's own time of a message, and that of arrival of a refusal. `text` has the
         *     message's type, or why it was refused.
         */
        readonly TimelineEntry: {
            /** Format: date-time */
            readonly at: string;
            readonly deliveries: readonly components["schemas"]["DeliveryLine"][];
            readonly id: string;
            /** @enum {unknown} */
            readonly kind: "message" | "refusal";
            /** Format: date-time */
            readonly received_at: string;
            readonly text: string;
        };
        /**
         * TopicAnswer
         * @description Whether a topic filter fits, and else the first level that differs, counted from 1.
         *
         *     `wanted` is null where the filter has ended there, `found` where the topic has.
         */
        readonly TopicAnswer: {
            readonly found?: string | null;
            readonly level?: number;
            /** @enum {unknown} */
            readonly verdict: "false" | "true" | "unknown";
            readonly wanted?: string | null;
        };
        /**
         * TotalsAnswer
         * @description How much there is in all.
         */
        readonly TotalsAnswer: {
            readonly dead_letters: number;
            readonly devices: number;
            readonly pending: number;
            readonly rejected: number;
            readonly routes: number;
            readonly tenants: number;
        };
        /**
         * TraceAnswer
         * @description What became of a message. `routes` come by page, with those that are gone on the first.
         */
        readonly TraceAnswer: {
            readonly device: components["schemas"]["DeviceNow"];
            readonly id: string;
            /** @enum {unknown} */
            readonly kind: "delivery" | "message" | "rejected_message";
            readonly limit: number;
            readonly message: components["schemas"]["StoredMessageAnswer"] | null;
            readonly next: string | null;
            readonly offset: number;
            /** @enum {unknown} */
            readonly outcome: "delivered" | "discarded" | "failed" | "no_route" | "pending" | "refused" | "unknown" | "written";
            readonly payload_is_exact: boolean;
            readonly rejected: components["schemas"]["RejectedMessage"] | null;
            readonly routes: readonly components["schemas"]["TracedRoute"][];
            readonly searched: readonly components["schemas"]["SearchedAnswer"][];
            readonly steps: readonly components["schemas"]["StepAnswer"][];
            readonly text: string;
            readonly topic: string;
            readonly total: number;
            readonly total_is_exact: boolean;
        };
        /**
         * TracedRoute
         * @description What a route did with the message, and what it would do now.
         *
         *     `now` is null where the route is gone, or cannot be asked. `differs` says that now is known not
         *     to be as then; `changes` are then what lies between.
         */
        readonly TracedRoute: {
            readonly changes: readonly components["schemas"]["ChangeAnswer"][];
            readonly deliveries: readonly components["schemas"]["DeliveryAnswer"][];
            readonly destination_type: string | null;
            readonly differs: boolean;
            readonly name: string | null;
            readonly now: components["schemas"]["NowAnswer"] | null;
            readonly route_id: number;
            readonly text: string;
            readonly then: components["schemas"]["ThenAnswer"];
        };
        /**
         * TrialAnswer
         * @description What a destination answered; `retry` and `dead` say what would become of a delivery.
         */
        readonly TrialAnswer: {
            readonly duration_seconds: number;
            readonly error: string | null;
            readonly response: string;
            readonly status: number | null;
            readonly verdict: components["schemas"]["Verdict"];
        };
        /**
         * UnsubscribeAction
         * @description Name these devices no longer; `device_id` or `device_ids` is required.
         */
        readonly UnsubscribeAction: {
            /** @enum {unknown} */
            readonly action: "unsubscribe";
            /** @default null */
            readonly device_id: string | null;
            /** @default null */
            readonly device_ids: readonly string[] | null;
        };
        /**
         * UpstreamAnswer
         * @description What was lost before it came here, as far as anybody tells.
         *
         *     `sessions_lost` and `gaps`, those in the numbers of devices, count since the start, and so does
         *     `estimated_lost`: about how many messages went with the sessions, null where nobody can tell.
         *     `broker_dropped` are messages of any client that the broker has dropped since we connected, null
         *     where it does not tell.
         */
        readonly UpstreamAnswer: {
            readonly broker_dropped: number | null;
            readonly estimated_lost: number | null;
            readonly gaps: number;
            readonly sessions_lost: number;
        };
        /**
         * Verdict
         * @description What an attempt's end means for its delivery.
         * @enum {unknown}
         */
        readonly Verdict: "dead" | "delivered" | "retry";
        /**
         * WhoamiAnswer
         * @description Whose token it is. `roles` are all that it names, those too that mean nothing here.
         */
        readonly WhoamiAnswer: {
            /** Format: date-time */
            readonly expires_at: string;
            readonly may: components["schemas"]["Rights"];
            readonly roles: readonly string[];
            readonly subject: string | null;
            readonly tenant_id: string | null;
        };
        /**
         * With
         * @description What a list of routes shows beside them.
         * @enum {unknown}
         */
        readonly With: "stats";
    };
    responses: {
        /** @description The path, the query or the body cannot be read. */
        readonly BadRequest: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description The token has no tenant, or not the role for it. */
        readonly Forbidden: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description Something went wrong inside; it is in the log, under the request's id. */
        readonly InternalServerError: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description The body is too large. */
        readonly RequestEntityTooLarge: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description The headers are too large. */
        readonly RequestHeaderFieldsTooLarge: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description The body took too long to arrive. */
        readonly RequestTimeout: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description It cannot be done now, for the database cannot be reached or is too slow, or too many clients are connected; try again. */
        readonly ServiceUnavailable: {
            headers: {
                readonly "Retry-After"?: string;
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description The tenant asks for too much at once, or too often. */
        readonly TooManyRequests: {
            headers: {
                readonly "Retry-After"?: string;
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description There is no valid token. */
        readonly Unauthorized: {
            headers: {
                readonly "WWW-Authenticate"?: string;
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description Fields of the body are not valid; `errors` names each. */
        readonly UnprocessableEntity: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
        /** @description The body is of another type than is described. */
        readonly UnsupportedMediaType: {
            headers: {
                readonly Accept?: string;
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The request's id, to be found in the log. */
        readonly RequestId: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly root: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The console. */
            readonly 307: {
                headers: {
                    /** @description Where it is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no console here, and why, or no such page or file of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_alerts: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those about this device. */
                readonly device_id?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of this severity. */
                readonly severity?: components["schemas"]["AlertSeverity"];
                /** @description Only those of these; what is not closed is `OPEN,ACKNOWLEDGED`. */
                readonly status?: readonly components["schemas"]["AlertStatus"][];
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly raise_alert: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "device_id": "DEV-001",
                 *       "key": "temperature",
                 *       "severity": "WARNING",
                 *       "title": "Too hot"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AlertBody"];
            };
        };
        readonly responses: {
            /** @description It was open already. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertAnswer"];
                };
            };
            /** @description Created */
            readonly 201: {
                headers: {
                    /** @description Where the alert is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description The tenant has as many open alerts as it may. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_alert: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The alert's id. */
                readonly alert_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such alert. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly change_alert: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The alert's id. */
                readonly alert_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "status": "ACKNOWLEDGED"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AlertPatch"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such alert. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description It is closed, and never changes. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_audit: {
        readonly parameters: {
            readonly query?: {
                /** @description Only what was changed by this operation. */
                readonly action?: string;
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description With `summary` all payloads are left out. */
                readonly fields?: "all" | "summary";
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of this one; `target_type` must be given. */
                readonly target_id?: string;
                /** @description Only changes of this kind of thing. */
                readonly target_type?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AuditPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_dead_letters: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those with a lower id. */
                readonly before?: number;
                /** @description Only those whose last attempt came to this: a redirect (3xx), a client error (4xx), a server error (5xx), or no answer that has a status. */
                readonly cause?: components["schemas"]["Cause"];
                /** @description Only those that were to go to this type. */
                readonly destination_type?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description Only those with this text in their error, in any case. */
                readonly error?: string;
                /** @description With `summary` all payloads are left out. */
                readonly fields?: "all" | "summary";
                /** @description Only those that came to be at this time or later. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of one of these routes, at most 100. */
                readonly route_id?: readonly number[];
                /** @description Only those of one of these statuses. */
                readonly status?: readonly components["schemas"]["DeadLetterStatus"][];
                /** @description Only those that came to be before this time. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly discard_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterChange"];
                };
            };
            /** @description The dead letter is not FAILED. Or: The path, the query or the body cannot be read. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The dead letter is being replayed. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly replay_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReplayBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterChange"];
                };
            };
            /** @description The dead letter is not FAILED. Or: The path, the query or the body cannot be read. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description The route is gone. Or: The dead letter is being replayed. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            /** @description The delivery failed; `error` says how. */
            readonly 502: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotReplayedAnswer"] | components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The delivery was not attempted; `detail` says why. Or: It cannot be done now, for the database cannot be reached or is too slow, or too many clients are connected; try again. */
            readonly 503: {
                headers: {
                    readonly "Retry-After"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
        };
    };
    readonly restore_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterChange"];
                };
            };
            /** @description The dead letter is not DISCARDED. Or: The path, the query or the body cannot be read. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly purge_dead_letters: {
        readonly parameters: {
            readonly query?: {
                /** @description Whether they are only counted. */
                readonly dry_run?: boolean;
                /** @description The age, where the body has none. */
                readonly older_than_days?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "older_than_days": 30
                 *     }
                 */
                readonly "application/json": components["schemas"]["PurgeBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PurgeAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly replay_dead_letters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ids": [
                 *         1,
                 *         2
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["BatchBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly summarize_dead_letters: {
        readonly parameters: {
            readonly query?: {
                /** @description Only those with a lower id. */
                readonly before?: number;
                /** @description Into how many pieces the time between `from` and `to` is cut, or between the oldest and the newest of those that are counted. */
                readonly buckets?: number;
                /** @description Only those whose last attempt came to this: a redirect (3xx), a client error (4xx), a server error (5xx), or no answer that has a status. */
                readonly cause?: components["schemas"]["Cause"];
                /** @description Only those that were to go to this type. */
                readonly destination_type?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description Only those with this text in their error, in any case. */
                readonly error?: string;
                /** @description Only those that came to be at this time or later. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of one of these routes, at most 100. */
                readonly route_id?: readonly number[];
                /** @description Only those of one of these statuses. */
                readonly status?: readonly components["schemas"]["DeadLetterStatus"][];
                /** @description Only those that came to be before this time. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SummaryPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly trace_delivery: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The delivery's id. */
                readonly delivery_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TraceAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is none, or nothing of it is kept; `searched` says where was looked. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotTraced"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly count_devices: {
        readonly parameters: {
            readonly query?: {
                /** @description Count those as silent that were not heard of for so many seconds. */
                readonly silent_for?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeviceCountsAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_device_groups: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those that this device is in. */
                readonly device_id?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GroupPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly create_device_group: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "Pumps"
                 *     }
                 */
                readonly "application/json": components["schemas"]["GroupBody"];
            };
        };
        readonly responses: {
            /** @description Created */
            readonly 201: {
                headers: {
                    /** @description Where the group is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GroupAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description A device group of this name is there already, or the tenant has as many as it may. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_device_group: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The group's id. */
                readonly group_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GroupWithDevices"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device group. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly rename_device_group: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The group's id. */
                readonly group_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "Pumps in hall 2"
                 *     }
                 */
                readonly "application/json": components["schemas"]["GroupBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GroupAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device group. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description A device group of this name is there already. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly delete_device_group: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The group's id. */
                readonly group_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No Content */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device group. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly add_device_to_group: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
                /** @description The group's id. */
                readonly group_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No Content */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device group, or no such device. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly remove_device_from_group: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
                /** @description The group's id. */
                readonly group_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No Content */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device in such a group. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_devices: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those in this group. */
                readonly group_id?: number;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those whose id has this in it, whatever the case. */
                readonly q?: string;
                /** @description Only those that were not heard of for so many seconds, nor registered since. */
                readonly silent_for?: number;
                /** @description Only those of this site. */
                readonly site_id?: string;
                /** @description In which order: by id; those first that are silent for longest; the newest first. */
                readonly sort?: components["schemas"]["DeviceSort"];
                /** @description Only those of this status. */
                readonly status?: components["schemas"]["DeviceStatus"];
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DevicePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly create_device: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "device_id": "DEV-001",
                 *       "site_id": "SITE-1"
                 *     }
                 */
                readonly "application/json": components["schemas"]["DeviceBody"];
            };
        };
        readonly responses: {
            /** @description Created */
            readonly 201: {
                headers: {
                    /** @description Where the device is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeviceWithToken"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description A device of this id is registered already, or the tenant has as many as it may. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_device: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeviceAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly delete_device: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No Content */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly change_device: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "status": "REVOKED"
                 *     }
                 */
                readonly "application/json": components["schemas"]["DevicePatch"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeviceAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_gaps: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Not found before this time. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Found before this time. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GapPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device, nor any gap of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_metrics: {
        readonly parameters: {
            readonly query?: {
                /** @description Into how many buckets the time is parted. */
                readonly buckets?: number;
                /** @description Not before this time of the device. */
                readonly from?: string;
                /** @description Which metric to show the numbers of; without it, the metrics are listed. */
                readonly metric?: string;
                /** @description Before this time of the device; now, where it is not given. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MetricsAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device, nor anything that it has sent. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly rotate_device_token: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "overlap_hours": 24
                 *     }
                 */
                readonly "application/json": components["schemas"]["RotationBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeviceWithToken"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_telemetry: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. */
                readonly after?: string;
                /** @description The same, by the name that it had first. */
                readonly before?: string;
                /** @description Not before this time of the device. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Before this time of the device. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["HistoryAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device, nor anything that it has sent. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly device_timeline: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. */
                readonly after?: string;
                /** @description Not before this time. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description Before this time. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The device's id. */
                readonly device_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TimelineAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such device, nor anything that came of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly register_devices: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {"device_id": "DEV-001", "site_id": "SITE-1"}
                 *     {"device_id": "DEV-002"}
                 */
                readonly "application/x-ndjson": string;
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            /** @description Another bulk registration is under way. Or: The tenant asks for too much at once, or too often. */
            readonly 429: {
                headers: {
                    readonly "Retry-After"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly find: {
        readonly parameters: {
            readonly query: {
                /** @description What to look for. */
                readonly q: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FoundThings"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_jobs: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those in this state. */
                readonly state?: components["schemas"]["JobState"];
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswerPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly create_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "action": "replay",
                 *       "filter": {
                 *         "error": "HTTP 503",
                 *         "route_id": [
                 *           7
                 *         ]
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["JobBody"];
            };
        };
        readonly responses: {
            /** @description How many it would be about, for a dry run. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ForecastAnswer"];
                };
            };
            /** @description Created */
            readonly 201: {
                headers: {
                    /** @description Where it is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description Too many jobs of the tenant are not at their end. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly cancel_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The job's state does not allow it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_job_failures: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobFailurePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly pause_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The job's state does not allow it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly resume_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The job's state does not allow it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_routes: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those that lead there. */
                readonly destination_type?: components["schemas"]["DestinationType"];
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those whose name or topic filter holds this, in small letters or capitals. */
                readonly q?: string;
                /** @description In which order: the oldest first, by name, the last changed first; or those first that have most pending, most failed attempts, most dead letters. Where figures move meanwhile, a route may come on two pages or on none. */
                readonly sort?: components["schemas"]["RouteSort"];
                /** @description Only those that are enabled, disabled, or disabled for their endpoint is gone. */
                readonly state?: components["schemas"]["RouteState"];
                /** @description Show with each how it does. */
                readonly with?: components["schemas"]["With"];
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RoutePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly create_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "destination_config": {
                 *         "url": "https://example.com/hook"
                 *       },
                 *       "destination_type": "webhook",
                 *       "name": "Too hot",
                 *       "payload_filter": {
                 *         "temperature": {
                 *           "$gt": 80
                 *         }
                 *       },
                 *       "topic_filter": "tenant/+/device/+/telemetry"
                 *     }
                 */
                readonly "application/json": components["schemas"]["RouteBody"];
            };
        };
        readonly responses: {
            /** @description Created */
            readonly 201: {
                headers: {
                    /** @description The validator, for `If-Match` and `If-None-Match`. */
                    readonly ETag?: string;
                    /** @description Where the route is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description The tenant has as many routes as it may. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Do it only while the ETag is one of these; `*` is any. */
                readonly "If-Match"?: string;
                /** @description Answer 304 while the ETag is one of these. */
                readonly "If-None-Match"?: string;
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description The validator, for `If-Match` and `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteAnswer"];
                };
            };
            /** @description The client has it as it is. */
            readonly 304: {
                headers: {
                    /** @description The validator, for `If-Match` and `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description It was changed since the client has read it; the header ETag has what it is now. */
            readonly 412: {
                headers: {
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly replace_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Do it only while the ETag is one of these; `*` is any. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "destination_config": {
                 *         "url": "https://example.com/hook"
                 *       },
                 *       "destination_type": "webhook",
                 *       "name": "Too hot",
                 *       "payload_filter": {
                 *         "temperature": {
                 *           "$gt": 80
                 *         }
                 *       },
                 *       "topic_filter": "tenant/+/device/+/telemetry"
                 *     }
                 */
                readonly "application/json": components["schemas"]["RouteBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description The validator, for `If-Match` and `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description It was changed since the client has read it; the header ETag has what it is now. */
            readonly 412: {
                headers: {
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly delete_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Do it only while the ETag is one of these; `*` is any. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No Content */
            readonly 204: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description It was changed since the client has read it; the header ETag has what it is now. */
            readonly 412: {
                headers: {
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly change_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Do it only while the ETag is one of these; `*` is any. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "is_enabled": false
                 *     }
                 */
                readonly "application/json": components["schemas"]["RoutePatch"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description The validator, for `If-Match` and `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description The destination changes, but what it was cannot be read; `fault` says why. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description It was changed since the client has read it; the header ETag has what it is now. */
            readonly 412: {
                headers: {
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_pending_deliveries: {
        readonly parameters: {
            readonly query?: {
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PendingAnswerPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_pending_delivery: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The delivery's id. */
                readonly delivery_id: string;
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PendingWithPayload"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such delivery, or it is no longer pending. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly attempt_delivery: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The delivery's id. */
                readonly delivery_id: string;
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Accepted */
            readonly 202: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DueAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such delivery, or it is no longer pending. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_receipts: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Not settled before this time. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description Only those answered with this status. */
                readonly status?: number;
                /** @description Settled before this time. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ReceiptAnswerPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly count_receipts: {
        readonly parameters: {
            readonly query?: {
                /** @description Not settled before this time: an hour before `to`. */
                readonly from?: string;
                /** @description Settled before this time: now. 6 h at the most. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ReceiptCounts"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly resume_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ResumedAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly rotate_route_secret: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Do it only while the ETag is one of these; `*` is any. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "overlap_hours": 24
                 *     }
                 */
                readonly "application/json": components["schemas"]["RotateSecretBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description The validator, for `If-Match` and `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RotatedSecret"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description The route is no webhook, has too many secrets, or they cannot be read. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description It was changed since the client has read it; the header ETag has what it is now. */
            readonly 412: {
                headers: {
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly route_stats: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteStatsAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly test_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "deliver": false,
                 *       "payload": {
                 *         "metrics": {
                 *           "temperature": 90
                 *         }
                 *       },
                 *       "topic": "tenant/TENANT1/device/DEV-001/telemetry"
                 *     }
                 */
                readonly "application/json": components["schemas"]["RouteTestBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteTestAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly verify_signature: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The route's id. */
                readonly route_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "body": "{\"metrics\":{\"temperature\":91.2}}",
                 *       "headers": {
                 *         "webhook-id": "7",
                 *         "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
                 *         "webhook-timestamp": "1767225600"
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["SignatureBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SignatureAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description Its secrets cannot be read. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly explain_routes: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "payload": {
                 *         "metrics": {
                 *           "temperature": 90
                 *         }
                 *       },
                 *       "topic": "tenant/TENANT1/device/DEV-001/telemetry"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ExplainBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ExplainAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route, or no such message. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly preview_route: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "last": 10000,
                 *       "route": {
                 *         "destination_config": {
                 *           "url": "https://example.com/hook"
                 *         },
                 *         "destination_type": "webhook",
                 *         "name": "Too hot",
                 *         "payload_filter": {
                 *           "temperature": {
                 *             "$gt": 80
                 *           }
                 *         },
                 *         "topic_filter": "tenant/+/device/+/telemetry"
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["PreviewBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            /** @description Another preview of the tenant is under way, or others of others are. Or: The tenant asks for too much at once, or too often. */
            readonly 429: {
                headers: {
                    readonly "Retry-After"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly test_route_draft: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "payload": {
                 *         "metrics": {
                 *           "temperature": 90
                 *         }
                 *       },
                 *       "route": {
                 *         "destination_config": {
                 *           "url": "https://example.com/hook"
                 *         },
                 *         "destination_type": "webhook",
                 *         "name": "Too hot",
                 *         "payload_filter": {
                 *           "temperature": {
                 *             "$gt": 80
                 *           }
                 *         },
                 *         "topic_filter": "tenant/+/device/+/telemetry"
                 *       },
                 *       "topic": "tenant/TENANT1/device/DEV-001/telemetry"
                 *     }
                 */
                readonly "application/json": components["schemas"]["DraftTestBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RouteTestAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such route. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_messages: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description With `summary` all payloads are left out. */
                readonly fields?: "all" | "summary";
                /** @description Not before this time of arrival, as the ids tell it. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description Only those that have this metric. */
                readonly metric?: string;
                /** @description Only those of this type. */
                readonly msg_type?: string;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of this site. */
                readonly site_id?: string;
                /** @description Before this time of arrival, as the ids tell it. */
                readonly to?: string;
                /** @description Only those whose topic this topic filter fits. */
                readonly topic?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MessagePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The message's id. */
                readonly event_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["StoredMessageAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such message, or it is no longer kept. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly trace_message: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The message's id. */
                readonly event_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TraceAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is none, or nothing of it is kept; `searched` says where was looked. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotTraced"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly overview: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CustomerOverview"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly list_rejected_messages: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description With `summary` all payloads are left out. */
                readonly fields?: "all" | "summary";
                /** @description Not received before this time. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those refused for this reason. */
                readonly reason?: components["schemas"]["Reason"];
                /** @description Received before this time. */
                readonly to?: string;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RejectedMessagePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly read_rejected_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The refused message's id. */
                readonly message_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RejectedMessage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such rejected message. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly trace_rejected_message: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly "X-Pulse-Tenant"?: string;
            };
            readonly path: {
                /** @description The refused message's id. */
                readonly message_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TraceAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is none, or nothing of it is kept; `searched` says where was looked. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotTraced"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly stream_telemetry: {
        readonly parameters: {
            readonly query?: {
                /** @description The id of the last event that was seen: what was missed since then comes first. */
                readonly after?: string;
                /** @description Only these devices. */
                readonly device_id?: readonly string[];
                /** @description Only the devices of these groups. */
                readonly group_id?: readonly number[];
                /** @description Only these metrics, and events that have one of them. */
                readonly metric?: readonly string[];
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Switching Protocols */
            readonly 101: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly stream_telemetry_sse: {
        readonly parameters: {
            readonly query?: {
                /** @description The id of the last event that was seen: what was missed since then comes first. */
                readonly after?: string;
                /** @description Only these devices. */
                readonly device_id?: readonly string[];
                /** @description Only the devices of these groups. */
                readonly group_id?: readonly number[];
                /** @description Only these metrics, and events that have one of them. */
                readonly metric?: readonly string[];
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly tenant_id?: string;
            };
            readonly header?: {
                /** @description The same; it goes before `after`. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description no, so that a proxy sends each event at once. */
                    readonly "X-Accel-Buffering"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description The tenant has as many live streams open as it may. Or: The tenant asks for too much at once, or too often. */
            readonly 429: {
                headers: {
                    readonly "Retry-After"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["LimitProblem"] | components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_audit: {
        readonly parameters: {
            readonly query?: {
                /** @description Only what was changed by this operation. */
                readonly action?: string;
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only what this subject has changed. */
                readonly subject?: string;
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AuditPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_dead_letters: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those with a lower id. */
                readonly before?: number;
                /** @description Only those whose last attempt came to this: a redirect (3xx), a client error (4xx), a server error (5xx), or no answer that has a status. */
                readonly cause?: components["schemas"]["Cause"];
                /** @description Only those that were to go to this type. */
                readonly destination_type?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description Only those with this text in their error, in any case. */
                readonly error?: string;
                /** @description With `summary` all payloads are left out. */
                readonly fields?: "all" | "summary";
                /** @description Only those that came to be at this time or later. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of one of these routes, at most 100. */
                readonly route_id?: readonly number[];
                /** @description Only those of one of these statuses. */
                readonly status?: readonly components["schemas"]["DeadLetterStatus"][];
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
                /** @description Only those that came to be before this time. */
                readonly to?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_read_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_discard_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterChange"];
                };
            };
            /** @description The dead letter is not FAILED. Or: The path, the query or the body cannot be read. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The dead letter is being replayed. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_replay_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReplayBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterChange"];
                };
            };
            /** @description The dead letter is not FAILED. Or: The path, the query or the body cannot be read. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description The route is gone. Or: The dead letter is being replayed. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            /** @description The delivery failed; `error` says how. */
            readonly 502: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotReplayedAnswer"] | components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The delivery was not attempted; `detail` says why. Or: It cannot be done now, for the database cannot be reached or is too slow, or too many clients are connected; try again. */
            readonly 503: {
                headers: {
                    readonly "Retry-After"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
        };
    };
    readonly operator_restore_dead_letter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The dead letter's id. */
                readonly dead_letter_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterChange"];
                };
            };
            /** @description The dead letter is not DISCARDED. Or: The path, the query or the body cannot be read. */
            readonly 400: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such dead letter. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_purge_dead_letters: {
        readonly parameters: {
            readonly query?: {
                /** @description Whether they are only counted. */
                readonly dry_run?: boolean;
                /** @description The age, where the body has none. */
                readonly older_than_days?: number;
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "older_than_days": 30
                 *     }
                 */
                readonly "application/json": components["schemas"]["PurgeBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PurgeAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_replay_dead_letters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ids": [
                 *         1,
                 *         2
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["BatchBody"];
            };
        };
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_summarize_dead_letters: {
        readonly parameters: {
            readonly query?: {
                /** @description Only those with a lower id. */
                readonly before?: number;
                /** @description Into how many pieces the time between `from` and `to` is cut, or between the oldest and the newest of those that are counted. */
                readonly buckets?: number;
                /** @description Only those whose last attempt came to this: a redirect (3xx), a client error (4xx), a server error (5xx), or no answer that has a status. */
                readonly cause?: components["schemas"]["Cause"];
                /** @description Only those that were to go to this type. */
                readonly destination_type?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description Only those with this text in their error, in any case. */
                readonly error?: string;
                /** @description Only those that came to be at this time or later. */
                readonly from?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of one of these routes, at most 100. */
                readonly route_id?: readonly number[];
                /** @description Only those of one of these statuses. */
                readonly status?: readonly components["schemas"]["DeadLetterStatus"][];
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
                /** @description Only those that came to be before this time. */
                readonly to?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SummaryPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_deliveries: {
        readonly parameters: {
            readonly query?: {
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those of this route. */
                readonly route_id?: number;
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PendingAnswerPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_devices: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DevicePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_jobs: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those in this state. */
                readonly state?: components["schemas"]["JobState"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswerPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_create_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "action": "replay",
                 *       "filter": {
                 *         "error": "HTTP 503",
                 *         "route_id": [
                 *           7
                 *         ]
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["OperatorJobBody"];
            };
        };
        readonly responses: {
            /** @description How many it would be about, for a dry run. */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ForecastAnswer"];
                };
            };
            /** @description Created */
            readonly 201: {
                headers: {
                    /** @description Where it is. */
                    readonly Location?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            /** @description Too many jobs of the tenant are not at their end. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 413: components["responses"]["RequestEntityTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["UnprocessableEntity"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_read_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_cancel_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The job's state does not allow it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_job_failures: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobFailurePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_pause_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The job's state does not allow it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_resume_job: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The job's id. */
                readonly job_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobAnswer"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            /** @description There is no such job. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The job's state does not allow it. */
            readonly 409: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_routes: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OperatorRoutePage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_overview: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OverviewAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_rejected_messages: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description Only those of this device. */
                readonly device_id?: string;
                /** @description With `summary` all payloads are left out. */
                readonly fields?: "all" | "summary";
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
                /** @description Only those refused for this reason. */
                readonly reason?: components["schemas"]["Reason"];
                /** @description Only what is this tenant's. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OperatorRejectedPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_system: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SystemAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly operator_list_tenants: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same cost; such a page also ends when it weighs 1 MiB. */
                readonly after?: string;
                /** @description How many to give at the most. */
                readonly limit?: number;
                /** @description How many to pass over. */
                readonly offset?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TenantPage"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly stream_status: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["StreamStatusAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly whoami: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WhoamiAnswer"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly stream_devices_and_alerts: {
        readonly parameters: {
            readonly query?: {
                /** @description For operators: read as this tenant, whatever the token names. */
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Switching Protocols */
            readonly 101: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly console: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no console here, and why, or no such page or file of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly console_overview: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no console here, and why, or no such page or file of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly console_page: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The page, slashes included. */
                readonly page: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            /** @description There is no console here, and why, or no such page or file of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly console_file: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The file; its name changes with its content. */
                readonly file: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "*/*": string;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            /** @description There is no console here, and why, or no such page or file of it. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly console_config: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ConsoleConfigAnswer"];
                };
            };
            /** @description The console is switched off. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly docs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    /** @description As it was. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly docs_file: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The file. */
                readonly file: "docs.css" | "docs.js" | "elements.js" | "requests.js" | "schemas.js";
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/*": string;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    /** @description As it was. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            /** @description There is no such file. */
            readonly 404: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly health: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly metrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain; version=1.0.0; charset=utf-8": string;
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly openapi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    /** @description Changes with the content; send it back in `If-None-Match`. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
            /** @description Not changed since the ETag that was sent. */
            readonly 304: {
                headers: {
                    /** @description As it was. */
                    readonly ETag?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["ServiceUnavailable"];
        };
    };
    readonly ready: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OK */
            readonly 200: {
                headers: {
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ReadyAnswer"];
                };
            };
            readonly 431: components["responses"]["RequestHeaderFieldsTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            /** @description Work does not flow; `missing` says what is, by part. Or: It cannot be done now, for the database cannot be reached or is too slow, or too many clients are connected; try again. */
            readonly 503: {
                headers: {
                    readonly "Retry-After"?: string;
                    readonly "X-Request-Id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["NotReadyAnswer"] | components["schemas"]["ProblemAnswer"];
                };
            };
        };
    };
}
