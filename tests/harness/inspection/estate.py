"""A stack's resources in the emulator, made by boto3 as an apply makes them: the parts that an inspection reads."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.subject import ALIAS, Subject
from harness.stack import Alarm, Function, Scaling, Stack

ROLE = "arn:aws:iam::000000000000:role/function"
INVOKERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("commands", "queries", "quotes", "users"), ("apigateway.amazonaws.com",)),
    **dict.fromkeys(("notifications", "overflow_relay"), ()),
    "database_scaler": ("events.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"),
}
_METRICS = {
    "provisioned_concurrency_utilization": "LambdaProvisionedConcurrencyUtilization",
    "cpu_percent": "RDSReaderAverageCPUUtilization",
}


def package(name: str) -> bytes:
    """A zip of one function, the same each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(zipfile.ZipInfo("handler.py"), f"def handler(event, context):\n    return {name!r}\n")
    return buffer.getvalue()


def hashes(stack: Stack) -> Mapping[str, str]:
    """What the manifest of these packages says."""
    return {name: base64.b64encode(hashlib.sha256(package(name)).digest()).decode() for name in stack.functions}


class Estate:
    """Makes everything, and says what it was given: identifiers and ARNs."""

    def __init__(self, subject: Subject, clients: Clients) -> None:
        self.subject = subject
        self.clients = clients
        self.stack = subject.stack
        self.vpc = ""
        self.key = ""
        self.topic = ""
        self.api = ""
        self.queues: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.mappings: dict[str, str] = {}
        self.policies: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self.pricing: dict[str, str] = {}
        self._zone_subnets: list[str] = []
        for build in (
            self._network,
            self._security,
            self._queues,
            self._broker,
            self._mysql,
            self._documents,
            self._pricing,
            self._functions,
            self._event_sources,
            self._schedules,
            self._api,
            self._nodes,
            self._scaling,
            self._alarms,
        ):
            build()

    def _network(self) -> None:
        ec2 = self.clients["ec2"]
        network = self.stack.network
        self.vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[self.vpc], Tags=[{"Key": "Name", "Value": self.subject.prefix}])
        for cidr, zone in zip(network.private_cidrs, network.availability_zones, strict=True):
            subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            name = {"Key": "Name", "Value": f"{self.subject.prefix}-private-{zone}"}
            ec2.create_tags(Resources=[subnet], Tags=[name])
            self._zone_subnets.append(subnet)
        for number in range(network.nat_gateways):
            address = ec2.allocate_address(Domain="vpc")["AllocationId"]
            ec2.create_nat_gateway(SubnetId=self._zone_subnets[number], AllocationId=address)
        for service in network.interface_endpoints:
            ec2.create_vpc_endpoint(
                VpcId=self.vpc,
                ServiceName=f"com.amazonaws.{self.stack.region}.{service}",
                VpcEndpointType="Interface",
                SubnetIds=self._zone_subnets,
            )

    def _security(self) -> None:
        kms = self.clients["kms"]
        for number in range(self.stack.security.keys):
            self.key = kms.create_key()["KeyMetadata"]["Arn"]
            kms.create_alias(AliasName=f"alias/{self.subject.prefix}-{number}", TargetKeyId=self.key)
        for name in ("broker", "broker-admin", "documents", "mysql"):
            made = self.clients["secretsmanager"].create_secret(Name=f"{self.subject.prefix}/{name}", SecretString="{}")
            self.secrets[name] = made["ARN"]
        self.addresses |= {f"{name}.credentials": self.secrets[name] for name in ("broker", "documents", "mysql")}

    def _queues(self) -> None:
        sqs = self.clients["sqs"]
        for name, queue in self.stack.queues.items():
            url = sqs.create_queue(
                QueueName=self.subject.named(name),
                Attributes={
                    "VisibilityTimeout": str(queue.visibility_timeout_s),
                    "MessageRetentionPeriod": str(queue.retention_s),
                    "KmsMasterKeyId": self.key,
                },
            )["QueueUrl"]
            self.queues[name] = url
            self.addresses[f"queues.{name}.url"] = url
        for name, queue in self.stack.queues.items():
            if queue.redrive:
                policy = {
                    "deadLetterTargetArn": self.queue_arn(queue.redrive.queue),
                    "maxReceiveCount": queue.redrive.max_receive_count,
                }
                sqs.set_queue_attributes(QueueUrl=self.queues[name], Attributes={"RedrivePolicy": json.dumps(policy)})

    def queue_arn(self, name: str) -> str:
        """The ARN of a queue."""
        attributes = self.clients["sqs"].get_queue_attributes(QueueUrl=self.queues[name], AttributeNames=["QueueArn"])
        return str(attributes["Attributes"]["QueueArn"])

    def _broker(self) -> None:
        mq = self.clients["mq"]
        broker = self.stack.broker
        configuration = mq.create_configuration(
            Name=self.subject.broker, EngineType="RABBITMQ", EngineVersion=broker.engine_version
        )
        data = base64.b64encode(f"connection_max = {broker.connection_limit}\n".encode()).decode()
        revision = mq.update_configuration(ConfigurationId=configuration["Id"], Data=data)["LatestRevision"]["Revision"]
        mq.create_broker(
            BrokerName=self.subject.broker,
            EngineType="RABBITMQ",
            EngineVersion=broker.engine_version,
            HostInstanceType=broker.instance_class,
            DeploymentMode=broker.deployment,
            PubliclyAccessible=False,
            AutoMinorVersionUpgrade=True,
            Users=[{"Username": "admin", "Password": "secret-of-a-test"}],
            Configuration={"Id": configuration["Id"], "Revision": revision},
        )
        (listed,) = [each for each in mq.list_brokers()["BrokerSummaries"] if each["BrokerName"] == self.subject.broker]
        described = mq.describe_broker(BrokerId=listed["BrokerId"])
        self.broker_arn = described["BrokerArn"]
        self.broker_id = listed["BrokerId"]
        self.addresses["broker.url"] = f"{described['BrokerInstances'][0]['Endpoints'][0]}/%2F"

    def _mysql(self) -> None:
        rds = self.clients["rds"]
        mysql = self.stack.mysql
        cluster = rds.create_db_cluster(
            DBClusterIdentifier=self.subject.mysql,
            Engine="aurora-mysql",
            EngineVersion=mysql.engine_version,
            DatabaseName=mysql.database,
            MasterUsername="ordersadmin",
            ManageMasterUserPassword=True,
            StorageEncrypted=True,
        )["DBCluster"]
        for number in range(1, mysql.members.minimum + 1):
            rds.create_db_instance(
                DBInstanceIdentifier=f"{self.subject.mysql}-member-{number}",
                DBClusterIdentifier=self.subject.mysql,
                DBInstanceClass=mysql.members.instance_class,
                Engine="aurora-mysql",
            )
        proxy = rds.create_db_proxy(
            DBProxyName=self.subject.mysql,
            EngineFamily="MYSQL",
            Auth=[{"AuthScheme": "SECRETS", "SecretArn": self.secrets["mysql"]}],
            RoleArn=ROLE,
            VpcSubnetIds=self._zone_subnets,
        )["DBProxy"]
        rds.modify_db_proxy_target_group(
            DBProxyName=self.subject.mysql,
            TargetGroupName="default",
            ConnectionPoolConfig={
                "MaxConnectionsPercent": mysql.proxy_max_connections_percent,
                "ConnectionBorrowTimeout": mysql.proxy_borrow_timeout_s,
            },
        )
        reader = rds.create_db_proxy_endpoint(
            DBProxyName=self.subject.mysql,
            DBProxyEndpointName=f"{self.subject.mysql}-read-only",
            VpcSubnetIds=self._zone_subnets,
            TargetRole="READ_ONLY",
        )["DBProxyEndpoint"]
        self.addresses["mysql.direct_url"] = f"mysql://{cluster['Endpoint']}:3306/orders?tls=true"
        self.addresses["mysql.url"] = f"mysql://{proxy['Endpoint']}:3306/orders?tls=true"
        self.addresses["mysql.reader_url"] = f"mysql://{reader['Endpoint']}:3306/orders?tls=true"

    def _documents(self) -> None:
        docdb = self.clients["docdb"]
        documents = self.stack.documents
        cluster = docdb.create_db_cluster(
            DBClusterIdentifier=self.subject.documents,
            Engine="docdb",
            EngineVersion=documents.engine_version,
            MasterUsername="ordersadmin",
            ManageMasterUserPassword=True,
            StorageEncrypted=True,
        )["DBCluster"]
        for number in range(1, documents.members.minimum + 1):
            docdb.create_db_instance(
                DBInstanceIdentifier=f"{self.subject.documents}-member-{number}",
                DBClusterIdentifier=self.subject.documents,
                DBInstanceClass=documents.members.instance_class,
                Engine="docdb",
            )
        self.addresses["documents.url"] = (
            f"mongodb://{cluster['Endpoint']}:27017/orders?tls=true&readPreference={documents.read_preference}"
        )

    def _pricing(self) -> None:
        elb = self.clients["elbv2"]
        name = f"{self.subject.prefix}-pricing"
        balancer = elb.create_load_balancer(Name=name, Type="network", Scheme="internal", Subnets=self._zone_subnets)
        target = elb.create_target_group(Name=name, Protocol="TCP", Port=8084, VpcId=self.vpc, TargetType="ip")
        self.addresses["pricing.url"] = f"http://{balancer['LoadBalancers'][0]['DNSName']}:80"
        self.pricing = {
            "LoadBalancer": balancer["LoadBalancers"][0]["LoadBalancerArn"].partition(":loadbalancer/")[2],
            "TargetGroup": target["TargetGroups"][0]["TargetGroupArn"].rpartition(":")[2],
        }

    def _functions(self) -> None:
        for name, function in self.stack.functions.items():
            self.aliases[name] = self.function(name, function)

    def function(self, name: str, function: Function) -> str:
        """Makes a function with its alias; returns the alias' ARN."""
        client = self.clients["lambda"]
        physical = self.subject.named(name)
        version = client.create_function(
            FunctionName=physical,
            Role=ROLE,
            Code={"ZipFile": package(name)},
            Handler=function.handler,
            Runtime=function.runtime,
            Architectures=[function.architecture],
            MemorySize=function.memory_mb,
            Timeout=int(function.timeout_s),
            Environment={
                "Variables": {
                    **function.settings,
                    **{variable: self.addresses[address] for variable, address in function.references.items()},
                }
            },
            Publish=True,
        )["Version"]
        if function.reserved_concurrency is not None:
            client.put_function_concurrency(
                FunctionName=physical, ReservedConcurrentExecutions=function.reserved_concurrency
            )
        alias = client.create_alias(FunctionName=physical, Name=ALIAS, FunctionVersion=version)
        for invoker in INVOKERS[name]:
            client.add_permission(
                FunctionName=physical,
                Qualifier=ALIAS,
                StatementId=invoker.partition(".")[0],
                Action="lambda:InvokeFunction",
                Principal=invoker,
            )
        return str(alias["AliasArn"])

    def _event_sources(self) -> None:
        for name, source in self.stack.event_sources.items():
            common = {"FunctionName": self.aliases[source.function], "BatchSize": source.batch_size}
            if source.kind == "sqs":
                specific: dict[str, Any] = {
                    "EventSourceArn": self.queue_arn(source.queue),
                    "MaximumBatchingWindowInSeconds": int(source.window_s),
                    "FunctionResponseTypes": ["ReportBatchItemFailures"],
                    "ScalingConfig": {"MaximumConcurrency": source.maximum_concurrency},
                }
            else:
                specific = {
                    "EventSourceArn": self.broker_arn,
                    "Queues": [source.queue],
                    "Enabled": False,
                    "SourceAccessConfigurations": [
                        {"Type": "BASIC_AUTH", "URI": self.secrets["broker"]},
                        {"Type": "VIRTUAL_HOST", "URI": source.virtual_host},
                    ],
                }
            self.mappings[name] = self.clients["lambda"].create_event_source_mapping(**common, **specific)["UUID"]

    def _schedules(self) -> None:
        events = self.clients["events"]
        for name, schedule in self.stack.schedules.items():
            rule = f"{self.subject.prefix}-{name.removeprefix(schedule.function + '_')}"
            events.put_rule(Name=rule, ScheduleExpression=f"rate({schedule.every_s // 60} minutes)", State="ENABLED")
            events.put_targets(Rule=rule, Targets=[{"Id": "scaler", "Arn": self.aliases[schedule.function]}])

    def _api(self) -> None:
        client = self.clients["apigatewayv2"]
        api, cors = self.stack.api, self.stack.api.cors
        assert cors is not None
        self.api = client.create_api(
            Name=self.subject.prefix,
            ProtocolType="HTTP",
            CorsConfiguration={
                "AllowOrigins": list(cors.allow_origins),
                "AllowMethods": list(cors.allow_methods),
                "AllowHeaders": list(cors.allow_headers),
                "ExposeHeaders": list(cors.expose_headers),
                "MaxAge": cors.max_age_s,
            },
        )["ApiId"]
        authorizer = client.create_authorizer(
            ApiId=self.api,
            Name="jwt",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": api.jwt.issuer, "Audience": list(api.jwt.audience)},
        )["AuthorizerId"]
        integrations = {
            function: client.create_integration(
                ApiId=self.api,
                IntegrationType="AWS_PROXY",
                IntegrationMethod="POST",
                IntegrationUri=f"arn:aws:apigateway:{self.stack.region}:lambda:path/2015-03-31/functions/"
                f"{self.aliases[function]}/invocations",
                PayloadFormatVersion="2.0",
                TimeoutInMillis=int(api.integration_timeout_s * 1000),
            )["IntegrationId"]
            for function in sorted({route.function for route in api.routes.values()})
        }
        for key, route in api.routes.items():
            jwt = {"AuthorizationType": "JWT", "AuthorizerId": authorizer}
            client.create_route(
                ApiId=self.api,
                RouteKey=key,
                Target=f"integrations/{integrations[route.function]}",
                **(jwt if route.authorization == "jwt" else {"AuthorizationType": "NONE"}),
            )
        client.create_stage(
            ApiId=self.api,
            StageName=api.stage,
            AutoDeploy=True,
            DefaultRouteSettings=_limits(api.throttle.rate_per_s, api.throttle.burst),
            RouteSettings={
                key: _limits(route.throttle.rate_per_s, route.throttle.burst)
                for key, route in api.routes.items()
                if route.throttle
            },
        )

    def _nodes(self) -> None:
        cluster, nodes = self.stack.cluster, self.stack.cluster.nodes
        eks, autoscaling = self.clients["eks"], self.clients["autoscaling"]
        eks.create_cluster(
            name=self.subject.prefix,
            version=cluster.kubernetes_version,
            roleArn=ROLE,
            resourcesVpcConfig={"subnetIds": self._zone_subnets},
        )
        template = self.clients["ec2"].create_launch_template(
            LaunchTemplateName=f"{self.subject.prefix}-nodes",
            LaunchTemplateData={
                "InstanceType": nodes.instance_class,
                "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": nodes.disk_gb}}],
            },
        )["LaunchTemplate"]
        eks.create_nodegroup(
            clusterName=self.subject.prefix,
            nodegroupName=f"{self.subject.prefix}-amd64-on-demand",
            nodeRole=ROLE,
            subnets=self._zone_subnets,
            capacityType=nodes.capacity_type,
            launchTemplate={"id": template["LaunchTemplateId"], "version": "1"},
            scalingConfig={"minSize": nodes.minimum, "maxSize": nodes.maximum, "desiredSize": nodes.minimum},
        )
        group = f"{self.subject.prefix}-nodes"
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=group,
            MinSize=nodes.minimum,
            MaxSize=nodes.maximum,
            LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"]},
            VPCZoneIdentifier=",".join(self._zone_subnets),
        )
        for name, step, more in (
            ("out", nodes.step_out, {"EstimatedInstanceWarmup": nodes.warmup_s}),
            ("in", -nodes.step_in, {}),
        ):
            bound = "MetricIntervalLowerBound" if step > 0 else "MetricIntervalUpperBound"
            self.policies[f"scale_{name}_nodes"] = autoscaling.put_scaling_policy(
                AutoScalingGroupName=group,
                PolicyName=f"{self.subject.prefix}-nodes-{name}",
                PolicyType="StepScaling",
                AdjustmentType="ChangeInCapacity",
                StepAdjustments=[{bound: 0.0, "ScalingAdjustment": step}],
                **more,
            )["PolicyARN"]

    def _scaling(self) -> None:
        for name, rule in self.stack.scaling.items():
            if rule.controller == "target_tracking":
                self.track(name, rule)

    def track(self, name: str, rule: Scaling) -> None:
        """Registers a target with a policy of target tracking."""
        client = self.clients["application-autoscaling"]
        if rule.target == "mysql.replicas":
            readers = self.stack.mysql.members.minimum - 1
            resource = {
                "ServiceNamespace": "rds",
                "ResourceId": f"cluster:{self.subject.mysql}",
                "ScalableDimension": "rds:cluster:ReadReplicaCount",
            }
        else:
            readers = 0
            resource = {
                "ServiceNamespace": "lambda",
                "ResourceId": f"function:{self.subject.named(name)}:{ALIAS}",
                "ScalableDimension": "lambda:function:ProvisionedConcurrency",
            }
        client.register_scalable_target(
            **resource, MinCapacity=rule.minimum + readers, MaxCapacity=rule.maximum + readers
        )
        client.put_scaling_policy(
            PolicyName=f"{self.subject.named(name)}-utilization",
            PolicyType="TargetTrackingScaling",
            **resource,
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": rule.target_value,
                "ScaleInCooldown": rule.cooldown_in_s,
                "ScaleOutCooldown": rule.cooldown_out_s,
                "PredefinedMetricSpecification": {"PredefinedMetricType": _METRICS[rule.metric]},
            },
        )

    def _alarms(self) -> None:
        self.topic = self.clients["sns"].create_topic(Name=f"{self.subject.prefix}-alarms")["TopicArn"]
        for name, alarm in self.stack.alarms.items():
            self.alarm(name, alarm)

    def alarm(self, name: str, alarm: Alarm) -> None:
        """Puts an alarm, or puts it anew."""
        actions = {
            "notify": self.topic,
            "scale_out_documents": self.aliases["database_scaler"],
            "scale_in_documents": self.aliases["database_scaler"],
            **self.policies,
        }
        common = {
            "AlarmName": self.subject.named(name),
            "ComparisonOperator": alarm.comparison,
            "Threshold": float(alarm.threshold),
            "EvaluationPeriods": alarm.evaluation_periods,
            "DatapointsToAlarm": alarm.datapoints,
            "TreatMissingData": alarm.missing_data,
            "AlarmActions": [actions[action] for action in alarm.actions],
            "OKActions": [self.topic] if "notify" in alarm.actions else [],
        }
        dimensions = self._dimensions(alarm)
        percentile = alarm.statistic.startswith("p")
        metric: dict[str, Any] = {
            "Namespace": alarm.namespace,
            "MetricName": alarm.metric,
            "Period": alarm.period_s,
            "ExtendedStatistic" if percentile else "Statistic": alarm.statistic,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        if alarm.across:
            worst = "MIN" if alarm.comparison.startswith("Less") else "MAX"
            schema = ", ".join(f'"{word}"' for word in (alarm.namespace, *dimensions, *alarm.across))
            where = " AND ".join(f"\"{key}\" = '{value}'" for key, value in dimensions.items())
            query = f'SELECT {worst}("{alarm.metric}") FROM SCHEMA({schema}) WHERE {where}'
            metric = {"Metrics": [{"Id": "worst", "Expression": query, "Period": alarm.period_s, "ReturnData": True}]}
        self.clients["cloudwatch"].put_metric_alarm(**common, **metric)

    def _dimensions(self, alarm: Alarm) -> Mapping[str, str]:
        ((kind, name),) = alarm.dimensions.items()
        subject = self.subject
        return {
            "api": {"ApiId": self.api},
            "function": {"FunctionName": subject.named(name)},
            "queue": {"QueueName": subject.named(name)},
            "broker": {"Broker": subject.broker},
            "mysql": {"DBClusterIdentifier": subject.mysql},
            "mysql_writer": {"DBClusterIdentifier": subject.mysql, "Role": "WRITER"},
            "proxy": {"ProxyName": subject.mysql},
            "documents": {"DBClusterIdentifier": subject.documents},
            "documents_primary": {"DBClusterIdentifier": subject.documents, "Role": "WRITER"},
            "documents_replicas": {"DBClusterIdentifier": subject.documents, "Role": "READER"},
            "pricing": self.pricing,
            "cluster": {"ClusterName": subject.prefix},
        }[kind]


def _limits(rate_per_s: float, burst: int) -> dict[str, Any]:
    return {"ThrottlingRateLimit": rate_per_s, "ThrottlingBurstLimit": burst}
